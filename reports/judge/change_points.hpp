#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace reports {

// Where a series changes: the first value of each new segment, in order.
struct change_points {
  std::vector<std::size_t> starts;
  double p = 1;  // of the first, strongest change
};

inline constexpr std::size_t least_segment = 3;

// E-divisive (Matteson and James 2014): divides where the energy distance between neighbouring
// segments is largest, as long as a permutation test within the segments finds it significant at
// `level`. Up to 9,999 seeded permutations, fewer once ten of them have exceeded the observed
// distance (Besag and Clifford 1991). Assumes that values of one segment are exchangeable.
change_points divide(std::span<const double> series, double level = 0.01, std::uint64_t seed = 1);

// A steady drift: the median slope between all pairs (Theil 1950, Sen 1968) and the two-sided p of
// Kendall's trend test with ties (Mann 1945, Kendall 1975). Nothing for fewer than eight values.
struct trend {
  double slope = 0;      // per step
  double intercept = 0;  // at the first value
  double p = 1;
};
std::optional<trend> monotone_trend(std::span<const double> series);

}  // namespace reports
