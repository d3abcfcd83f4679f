#include "bench/command/plan.hpp"

#include <limits>
#include <numeric>
#include <random>
#include <utility>

namespace command {
namespace {

// Uniform in [0, n), by rejection. The standard fixes the engine's numbers, not a distribution's.
std::size_t below(std::size_t n, std::mt19937_64& random) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t usable = most - (most % n + 1) % n;
  std::uint64_t value = random();
  while (value > usable) value = random();
  return value % n;
}

}  // namespace

std::vector<planned> make_plan(std::size_t cells, int samples, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::vector<planned> plan;
  std::vector<std::size_t> block(cells);
  for (int sample = 0; sample < samples; ++sample) {
    std::iota(block.begin(), block.end(), 0);
    for (std::size_t i = cells; i > 1; --i) std::swap(block[i - 1], block[below(i, random)]);
    for (const auto cell : block) plan.push_back({cell, sample});
  }
  return plan;
}

}  // namespace command
