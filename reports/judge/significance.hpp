#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "reports/base/statistics.hpp"

namespace reports {

// Each test is one-sided: the probability, were the true effect at most zero, of data that speak at
// least as strongly for an effect above zero. To test against a minimum effect, subtract it first.

// Sign-flip permutation test on paired differences (Fisher 1935, section 21): the mean of the
// differences against its distribution over all assignments of signs. Enumerated up to 16 pairs,
// above that 20,000 seeded draws with the observed one counted among them (Phipson and Smyth 2010).
double sign_flip_test(std::span<const double> differences, std::uint64_t seed = 1);

// The same test on differences that are clipped at the median of their magnitudes (Huber 1964), in
// steps of a 32nd of it; exact at any size. The clip depends on magnitudes alone, so that signs may
// still be flipped. What the gate uses: one in seven pairs has a slow episode on either side, and
// with ranks those, which take the highest, hide a change that the others show.
double clipped_sign_flip_test(std::span<const double> differences);

// Is `a` larger than `b`, unpaired (Mann and Whitney 1947)? Exact with mid-ranks up to 60 values in
// all; above that the normal approximation with ties (Lehmann 1975) and continuity correction.
double rank_sum_test(std::span<const double> a, std::span<const double> b);

// The least p that these sizes can reach, whatever the data.
double least_sign_flip_p(std::size_t pairs);
double least_rank_sum_p(std::size_t a, std::size_t b);

// q values (Benjamini and Hochberg 1995): rows with q <= x have a false discovery rate of x.
std::vector<double> false_discovery_rates(std::span<const double> p);

// The exact 95 % interval of a share of which `found` in `of` were seen (Clopper and Pearson 1934).
interval share_interval(std::size_t found, std::size_t of);

// The smallest true effect that a one-sided test of this level finds with this power: standard
// error times the sum of the two quantiles of Student's t (Bloom 1995). For the standard errors
// below.
double smallest_detectable(double standard_error, double degrees, double level, double power = 0.8);

// Of the location of paired differences, and of the difference of two locations; from robust
// deviations, widened by the efficiency of the tests above on normal data: 0.837 with that clip
// (Huber 1964), 3/pi for ranks (Hodges and Lehmann 1956). Where more than half of the values are
// equal, the plain deviation stands in.
double location_error(std::span<const double> differences);
double location_error(std::span<const double> a, std::span<const double> b);

}  // namespace reports
