#include "bench/base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace bench {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({change, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const auto& candidate : known) {
    const auto far = candidate.find(name) != std::string::npos ? 1 : distance(name, candidate);
    if (far <= std::max<std::size_t>(2, name.size() / 2)) near.emplace_back(far, candidate);
  }
  if (near.empty()) return fmt::format("there are: {}", fmt::join(known, ", "));
  std::ranges::sort(near);
  std::vector<std::string> best;
  for (const auto& [far, candidate] : near)
    if (best.size() < 3) best.push_back(candidate);
  return fmt::format("did you mean {}?", fmt::join(best, ", "));
}

}  // namespace bench
