#include "bench/command/sample/plan.hpp"

#include <limits>
#include <numeric>
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

const std::vector<std::size_t>& shuffles::next() {
  std::iota(order_.begin(), order_.end(), 0);
  for (std::size_t i = order_.size(); i > 1; --i)
    std::swap(order_[i - 1], order_[below(i, random_)]);
  return order_;
}

std::vector<planned> make_plan(std::size_t cells, int samples, std::uint64_t seed) {
  shuffles orders{cells, seed};
  std::vector<planned> plan;
  for (int sample = 0; sample < samples; ++sample)
    for (const auto cell : orders.next()) plan.push_back({cell, sample});
  return plan;
}

}  // namespace command
