#include "reports/base/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>

namespace reports {

double log_choose(double n, double k) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// A value that a resampled median takes, and how probable that is.
struct outcome {
  double value, probability;
};

// P(at least k of n draws fall among the `share` lowest).
double at_least(int n, int k, double share) {
  if (share <= 0) return 0;
  if (share >= 1) return 1;
  double sum = 0;
  for (int i = k; i <= n; ++i)
    sum += std::exp(log_choose(n, i) + i * std::log(share) + (n - i) * std::log1p(-share));
  return std::min(sum, 1.0);
}

// The median of a resample is the mean of the sorted samples `low` and `high` with this
// probability.
struct middle_pair {
  int low, high;
  double probability;
};

// Every median that a resample of n can have. For an even number the two middle draws are the i-th
// and j-th samples: half of all draws reach up to i and include it, half from j up.
std::vector<middle_pair> middle_pairs(int n) {
  const int half = n / 2, middle = n % 2 ? half + 1 : half;
  constexpr double negligible = 1e-13;
  std::vector<middle_pair> out;
  const double halves = std::exp(log_choose(n, half));
  auto power_step = [&](int upper) {
    return std::pow(upper / double(n), half) - std::pow((upper - 1) / double(n), half);
  };
  double below = 0;
  for (int i = 1; i <= n; ++i) {
    double up_to = at_least(n, middle, i / double(n));
    double here = up_to - below;  // the lower middle draw is the i-th sample
    below = up_to;
    if (n % 2 == 0 && here > negligible) {
      double low_half = halves * power_step(i);
      for (int j = i + 1; j <= n; ++j) {
        double both = low_half * power_step(n - j + 1);
        if (both > negligible) out.push_back({i - 1, j - 1, both});
        here -= both;
      }
    }
    if (here > negligible) out.push_back({i - 1, i - 1, here});
  }
  return out;
}

std::vector<outcome> resampled_medians(std::span<const double> samples) {
  // They depend on the number of samples only, and a report asks for the same one thousands of
  // times.
  thread_local std::map<int, std::vector<middle_pair>> known;
  const int n = static_cast<int>(samples.size());
  auto [pairs, fresh] = known.try_emplace(n);
  if (fresh) pairs->second = middle_pairs(n);
  std::vector<double> sorted(samples.begin(), samples.end());
  std::ranges::sort(sorted);
  std::vector<outcome> out;
  out.reserve(pairs->second.size());
  for (const middle_pair& each : pairs->second)
    out.push_back({(sorted[each.low] + sorted[each.high]) / 2, each.probability});
  std::ranges::sort(out, {}, &outcome::value);
  return out;
}

double percentile(const std::vector<outcome>& outcomes, double p) {
  double sum = 0;
  for (const outcome& each : outcomes) {
    sum += each.probability;
    if (sum >= p) return each.value;
  }
  return outcomes.back().value;
}

// The p-th percentile of a - b for independent a and b.
double difference_percentile(const std::vector<outcome>& a, const std::vector<outcome>& b,
                             double p) {
  std::vector<double> cumulative(a.size() + 1);
  for (std::size_t i = 0; i < a.size(); ++i) cumulative[i + 1] = cumulative[i] + a[i].probability;
  auto reached = [&](double difference) {
    double sum = 0;
    for (const outcome& each : b) {
      auto above = std::ranges::upper_bound(a, each.value + difference, {}, &outcome::value);
      sum += each.probability * cumulative[above - a.begin()];
    }
    return sum >= p;
  };
  double low = a.front().value - b.back().value, high = a.back().value - b.front().value;
  const double slack = 1e-12 * std::max({1.0, std::abs(low), std::abs(high)});
  high += slack;
  while (high - low > slack) {
    double middle = std::midpoint(low, high);
    (reached(middle) ? high : low) = middle;
  }
  // The percentile is one of the differences themselves: the nearest.
  double nearest = std::numeric_limits<double>::infinity();
  for (const outcome& each : b) {
    auto above = std::ranges::lower_bound(a, each.value + high, {}, &outcome::value);
    for (auto near : {above, above == a.begin() ? above : std::prev(above)})
      if (near != a.end() && std::abs(near->value - each.value - high) < std::abs(nearest - high))
        nearest = near->value - each.value;
  }
  return nearest;
}

std::vector<double> logarithms(std::span<const double> values) {
  std::vector<double> out;
  out.reserve(values.size());
  for (double value : values) out.push_back(std::log(value));
  return out;
}

constexpr double lower_tail = (1 - confidence) / 2, upper_tail = 1 - lower_tail;

// Least squares with the columns of `basis` that `used` names; the rest get zero. Nothing where the
// columns are dependent. Solves the normal equations by elimination with pivoting.
using coefficients = std::array<double, 3>;
std::optional<coefficients> solve(const std::vector<coefficients>& basis,
                                  std::array<bool, 3> used) {
  std::array<std::array<double, 4>, 3> m{};
  for (const coefficients& row : basis)
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) m[i][j] += row[i] * row[j];
      m[i][3] += row[i];  // the right side is 1 everywhere
    }
  for (int i = 0; i < 3; ++i)
    if (!used[i]) {
      for (int j = 0; j < 3; ++j) m[i][j] = m[j][i] = 0;
      m[i][i] = 1;
      m[i][3] = 0;
    }
  for (int column = 0; column < 3; ++column) {
    int pivot = column;
    for (int i = column + 1; i < 3; ++i)
      if (std::abs(m[i][column]) > std::abs(m[pivot][column])) pivot = i;
    std::swap(m[pivot], m[column]);
    if (std::abs(m[column][column]) < 1e-300) return {};
    for (int i = 0; i < 3; ++i) {
      if (i == column) continue;
      double factor = m[i][column] / m[column][column];
      for (int j = column; j < 4; ++j) m[i][j] -= factor * m[column][j];
    }
  }
  return coefficients{m[0][3] / m[0][0], m[1][3] / m[1][1], m[2][3] / m[2][2]};
}

}  // namespace

double median(std::span<const double> samples) {
  if (samples.empty()) return not_a_number;
  std::vector<double> sorted(samples.begin(), samples.end());
  auto middle = sorted.begin() + sorted.size() / 2;
  std::nth_element(sorted.begin(), middle, sorted.end());
  if (sorted.size() % 2) return *middle;
  return std::midpoint(*std::max_element(sorted.begin(), middle), *middle);
}

double robust_deviation(std::span<const double> samples) {
  const std::size_t n = samples.size();
  if (n < 2) return 0;
  std::vector<double> deviations;
  for (double centre = median(samples); double each : samples)
    deviations.push_back(std::abs(each - centre));
  static constexpr std::array<double, 10> small = {0,     0,     1.196, 1.495, 1.363,
                                                   1.206, 1.200, 1.140, 1.129, 1.107};
  double correction = n < small.size() ? small[n] : n / (n - 0.8);
  return 1.4826022185056018 * correction * median(deviations);
}

double relative_spread(std::span<const double> samples) {
  double deviation = robust_deviation(samples);
  return deviation == 0 ? 0 : deviation / std::abs(median(samples));
}

double geometric_mean(std::span<const double> values) {
  double sum = 0;
  for (double value : values) {
    if (!(value > 0)) return not_a_number;
    sum += std::log(value);
  }
  return values.empty() ? not_a_number : std::exp(sum / values.size());
}

estimate median_estimate(std::span<const double> samples) {
  estimate out{median(samples), {}, samples.size()};
  if (samples.size() < fewest_for_interval) return out;
  auto outcomes = resampled_medians(samples);
  out.range = {percentile(outcomes, lower_tail), percentile(outcomes, upper_tail)};
  return out;
}

estimate paired_ratio(std::span<const double> a, std::span<const double> b) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    differences.push_back(std::log(a[i]) - std::log(b[i]));
  estimate out = median_estimate(differences);
  out.value = std::exp(out.value);
  if (out.range) out.range = {std::exp(out.range->low), std::exp(out.range->high)};
  return out;
}

estimate unpaired_ratio(std::span<const double> a, std::span<const double> b) {
  auto of_a = logarithms(a), of_b = logarithms(b);
  estimate out{std::exp(median(of_a) - median(of_b)), {}, std::min(a.size(), b.size())};
  if (out.samples < fewest_for_interval) return out;
  auto medians_a = resampled_medians(of_a), medians_b = resampled_medians(of_b);
  out.range = {std::exp(difference_percentile(medians_a, medians_b, lower_tail)),
               std::exp(difference_percentile(medians_a, medians_b, upper_tail))};
  return out;
}

bool tied(const estimate& ratio) { return ratio.range && ratio.range->contains(1); }

std::optional<line> linear_fit(std::span<const double> x, std::span<const double> y) {
  const std::size_t n = std::min(x.size(), y.size());
  if (n < 2) return {};
  double mean_x = std::accumulate(x.begin(), x.begin() + n, 0.0) / n;
  double mean_y = std::accumulate(y.begin(), y.begin() + n, 0.0) / n;
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < n; ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (xx == 0) return {};
  line out;
  out.slope = xy / xx;
  out.intercept = mean_y - out.slope * mean_x;
  double squares = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double residual = y[i] - out.intercept - out.slope * x[i];
    squares += residual * residual;
  }
  out.slope_error = n > 2 ? std::sqrt(squares / (n - 2) / xx) : not_a_number;
  return out;
}

std::optional<scalability> fit_scalability(std::span<const double> workers,
                                           std::span<const double> throughput) {
  const std::size_t points = std::min(workers.size(), throughput.size());
  if (points < 5) return {};
  // n / X is linear in 1/unit, contention/unit and coherency/unit; divided by its measured value.
  std::vector<coefficients> basis;
  for (std::size_t i = 0; i < points; ++i) {
    if (!(throughput[i] > 0) || !(workers[i] > 0)) return {};
    double n = workers[i], weight = throughput[i] / n;
    basis.push_back({weight, weight * (n - 1), weight * n * (n - 1)});
  }
  std::optional<coefficients> best;
  double least = std::numeric_limits<double>::infinity();
  for (bool contention : {true, false})
    for (bool coherency : {true, false}) {
      auto found = solve(basis, {true, contention, coherency});
      if (!found || (*found)[0] <= 0 || (*found)[1] < 0 || (*found)[2] < 0) continue;
      double squares = 0;
      for (const coefficients& row : basis) {
        double error = std::inner_product(row.begin(), row.end(), found->begin(), 0.0) - 1;
        squares += error * error;
      }
      if (squares < least) least = squares, best = found;
    }
  if (!best) return {};
  scalability out;
  out.unit = 1 / (*best)[0];
  out.contention = (*best)[1] * out.unit;
  out.coherency = (*best)[2] * out.unit;
  if (out.coherency > 0 && out.contention < 1)
    out.peak = std::sqrt((1 - out.contention) / out.coherency);
  for (const coefficients& row : basis)
    out.residuals.push_back(std::inner_product(row.begin(), row.end(), best->begin(), 0.0) - 1);
  return out;
}

}  // namespace reports
