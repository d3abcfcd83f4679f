#include "bench/registry/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace bench {
namespace {

using size_list = std::vector<std::shared_ptr<any_size>>;

// `size` with the field that is shown under this key set to `value`: the one whose change changes
// that parameter to it, and nothing else.
std::shared_ptr<any_size> with(const std::shared_ptr<any_size>& size, const std::string& key,
                               long value, bool zero) {
  auto wanted = size->shown;
  std::ranges::find(wanted, key, &params::value_type::first)->second = std::to_string(value);
  if (size->shown == wanted) return size;
  for (std::size_t field = 0; field < size->fields; ++field)
    if (auto changed = size->with(field, value, zero); changed && changed->shown == wanted)
      return changed;
  throw std::invalid_argument{
      fmt::format("--set {}={}: this parameter cannot be set so", key, value)};
}

}  // namespace

size_list swept(size_list sizes, const settings& s) {
  for (const auto& [key, values] : s.sweeps) {
    const auto has_key = [&](const auto& size) {
      return std::ranges::find(size->shown, key, &params::value_type::first) != size->shown.end();
    };
    if (!std::ranges::all_of(sizes, has_key)) continue;
    const bool zero = std::ranges::any_of(sizes, [&](const auto& size) {
      return std::ranges::find(size->shown, params::value_type{key, "0"}) != size->shown.end();
    });
    size_list out;
    for (const auto& size : sizes)
      for (const long value : values) {
        auto made = with(size, key, value, zero);
        if (std::ranges::find(out, made->shown, &any_size::shown) == out.end())
          out.push_back(std::move(made));
      }
    sizes = std::move(out);
  }
  return sizes;
}

}  // namespace bench
