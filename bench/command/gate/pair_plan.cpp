#include "bench/command/gate/pair_plan.hpp"

#include <algorithm>
#include <random>

#include "bench/command/sample/plan.hpp"

namespace command {

std::vector<half> plan_pairs(std::size_t cells, int pairs, std::uint64_t seed) {
  std::mt19937_64 coin{~seed};
  std::vector<half> plan;
  for (const auto& which : make_plan(cells, (pairs + 1) / 2, seed)) {
    const bool first = (coin() >> 63) != 0;
    const auto cell = which.cell;
    const int pair = 2 * which.sample;
    plan.push_back({cell, pair, first});
    plan.push_back({cell, pair, !first});
    if (pair + 1 == pairs) continue;
    plan.push_back({cell, pair + 1, !first});
    plan.push_back({cell, pair + 1, first});
  }
  return plan;
}

int pairs_that_fit(const std::vector<std::vector<double>>& seconds_of_cells, double budget_s,
                   int least, int most) {
  double pair_s = 0;
  for (auto seconds : seconds_of_cells) {
    if (seconds.empty()) continue;
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::ranges::nth_element(seconds, middle);
    pair_s += 2 * *middle;
  }
  const double fit = pair_s > 0 ? budget_s / pair_s : most;
  return std::min(most, std::max(least, static_cast<int>(std::clamp(fit, 0.0, 1e6))));
}

}  // namespace command
