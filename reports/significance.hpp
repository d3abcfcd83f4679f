#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reports {

// Each test is one-sided: the probability, were the true effect at most zero, of data that speak at
// least as strongly for an effect above zero. To test against a minimum effect, subtract it first.

// Sign-flip permutation test on paired differences (Fisher 1935, section 21): the mean of the
// differences against its distribution over all assignments of signs. Enumerated up to 16 pairs,
// above that 20,000 seeded draws with the observed one counted among them (Phipson and Smyth 2010).
double sign_flip_test(std::span<const double> differences, std::uint64_t seed = 1);

// The same test on the ranks of the differences (Wilcoxon 1945; zeros kept as Pratt 1959), exact at
// any size. A slow episode of the machine is one rank, however long: this is what the gate uses.
double signed_rank_test(std::span<const double> differences);

// Is `a` larger than `b`, unpaired (Mann and Whitney 1947)? Exact with mid-ranks up to 60 values in
// all; above that the normal approximation with ties (Lehmann 1975) and continuity correction.
double rank_sum_test(std::span<const double> a, std::span<const double> b);

// The least p that these sizes can reach, whatever the data.
double least_signed_rank_p(std::size_t pairs);
double least_rank_sum_p(std::size_t a, std::size_t b);

// q values (Benjamini and Hochberg 1995): rows with q <= x have a false discovery rate of x.
std::vector<double> false_discovery_rates(std::span<const double> p);

// The smallest true effect that a one-sided test of this level finds with this power: standard
// error times the sum of the two quantiles of Student's t (Bloom 1995). For the standard errors
// below.
double smallest_detectable(double standard_error, double degrees, double level, double power = 0.8);

// Of the location of paired differences, and of the difference of two locations; from robust
// deviations, widened by the efficiency of the rank tests on normal data, 3/pi (Hodges and Lehmann
// 1956). Where more than half of the values are equal, the plain deviation stands in.
double location_error(std::span<const double> differences);
double location_error(std::span<const double> a, std::span<const double> b);

}  // namespace reports
