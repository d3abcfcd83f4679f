#pragma once

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <type_traits>
#include <vector>

#include "bench/contract/settings.hpp"
#include "bench/contract/task.hpp"

namespace models::support {

// How many of `n` items are handed over together where nobody says: the setting `chunk`, or the
// field's ceil(n / 4 workers).
class chunk_sizes {
 public:
  explicit chunk_sizes(const bench::settings& s)
      : set_{static_cast<std::size_t>(s.chunk)}, parts_{4 * static_cast<std::size_t>(s.workers)} {}
  std::size_t of(std::size_t n) const {
    return std::max<std::size_t>(1, set_ != 0 ? set_ : (n + parts_ - 1) / parts_);
  }

 private:
  std::size_t set_, parts_;
};

// A chunk: `body(m, item)` for each of `n` items.
template <class M, class Body, class In, class Out>
void map_chunk(M& m, const In* in, Out* out, std::size_t n) {
  std::transform(in, in + n, out, [&m](const In& item) { return Body{}(m, item); });
}

// A map over the tasks of a model whose tasks share an address space.
template <class M, bench::task_body Body, std::ranges::contiguous_range Items>
auto map_by_tasks(M& m, Body, const Items& items, std::size_t chunk) {
  using In = std::ranges::range_value_t<Items>;
  using Out = std::invoke_result_t<Body, M&, In>;
  std::vector<Out> results(std::ranges::size(items));
  const In* const in = std::ranges::data(items);
  auto group = m.group();
  for (std::size_t first = 0; first < results.size(); first += chunk)
    group.spawn(bench::fn<map_chunk<M, Body, In, Out>>, in + first, results.data() + first,
                std::min(chunk, results.size() - first));
  group.join();
  return results;
}

}  // namespace models::support
