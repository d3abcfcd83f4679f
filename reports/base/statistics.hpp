#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace reports {

struct interval {
  double low = 0;
  double high = 0;
  bool contains(double value) const { return low <= value && value <= high; }
};

// A value with its 95 % interval. With fewer than five samples no interval is claimed: even the
// whole range of the samples would hold the true median in at most 87.5 % of cases.
struct estimate {
  double value = 0;
  std::optional<interval> range;
  std::size_t samples = 0;
};

inline constexpr std::size_t fewest_for_interval = 5;
inline constexpr double confidence = 0.95;

// The middle value, or the mean of the two middle ones. Not a number where there are no samples.
double median(std::span<const double> samples);

// Median absolute deviation, scaled to the standard deviation of normal data (Hampel 1974) and
// corrected for small samples (Croux and Rousseeuw 1992). Zero for fewer than two samples.
double robust_deviation(std::span<const double> samples);

// robust_deviation over the median's magnitude: 0.03 is a spread of 3 %.
double relative_spread(std::span<const double> samples);

// The logarithm of the number of ways to choose k of n.
double log_choose(double n, double k);

// exp of the mean logarithm (Fleming and Wallace 1986: the only mean that ratios may be summed up
// by). Not a number where a value is not positive or there are none.
double geometric_mean(std::span<const double> values);

// The median with its percentile bootstrap interval (Efron 1979; Efron and Tibshirani 1993, ch.
// 13). The bootstrap distribution of a median is known in closed form (Maritz and Jarrett 1978), so
// it is taken whole rather than drawn from: no seed, no Monte Carlo error. BCa is not used, because
// its acceleration comes from a jackknife, which is inconsistent for the median (Efron 1982, ch.
// 3).
estimate median_estimate(std::span<const double> samples);

// How many times `a` is `b`. Paired (same length; a[i] and b[i] are neighbours in time): the median
// of the ratios of pairs, with the interval of median_estimate on their logarithms.
// Unpaired: the ratio of the medians, each resampled on its own. All values must be positive.
estimate paired_ratio(std::span<const double> a, std::span<const double> b);
estimate unpaired_ratio(std::span<const double> a, std::span<const double> b);

// A ratio whose interval holds 1: neither is faster. False where no interval is claimed.
bool tied(const estimate& ratio);

// Ordinary least squares. The error is the slope's standard error (n - 2 degrees of freedom), not a
// number for two points. Nothing where there are not two different x.
struct line {
  double slope = 0, intercept = 0, slope_error = 0;
};
std::optional<line> linear_fit(std::span<const double> x, std::span<const double> y);

// Universal Scalability Law (Gunther 2007): throughput X(n) = unit n / (1 + contention (n - 1) +
// coherency n (n - 1)). Least squares of the relative error in n / X, coefficients not negative.
struct scalability {
  double unit = 0;                // throughput of one worker
  double contention = 0;          // share that is serial (sigma)
  double coherency = 0;           // cost of keeping pairs consistent (kappa)
  std::optional<double> peak;     // workers at the highest throughput, where there is one
  std::vector<double> residuals;  // (measured - fitted) / fitted, per point
};
// Nothing where there are fewer than five points.
std::optional<scalability> fit_scalability(std::span<const double> workers,
                                           std::span<const double> throughput);

}  // namespace reports
