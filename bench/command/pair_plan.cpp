#include "bench/command/pair_plan.hpp"

#include <random>

#include "bench/command/plan.hpp"

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

}  // namespace command
