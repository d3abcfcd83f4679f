#include "bench/measure/draw_out.hpp"

#include "bench/measure/clock.hpp"

namespace bench {

std::int64_t draw_out(std::int64_t start, std::int64_t stop, double share) {
  const auto until = stop + static_cast<std::int64_t>(share * static_cast<double>(stop - start));
  while (stop < until) stop = now_ns();
  return stop;
}

}  // namespace bench
