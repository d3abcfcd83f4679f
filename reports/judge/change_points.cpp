#include "reports/judge/change_points.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "reports/base/statistics.hpp"

namespace reports {
namespace {

struct division {
  double distance = 0;
  std::size_t at = 0;
};

// The best division of one segment. Both sides have at least `least_segment` values; the right side
// may end early, so that a later change does not mask this one.
division best_division(std::span<const double> values) {
  const std::size_t n = values.size();
  division best;
  if (n < 2 * least_segment) return best;
  // sums[i][j]: distances between each of the first i and each of the first j values.
  static thread_local std::vector<double> sums;
  const std::size_t width = n + 1;
  sums.assign(width * width, 0);
  for (std::size_t i = 1; i <= n; ++i) {
    double line = 0;
    for (std::size_t j = 1; j <= n; ++j) {
      line += std::abs(values[i - 1] - values[j - 1]);
      sums[i * width + j] = sums[(i - 1) * width + j] + line;
    }
  }
  auto sum = [&](std::size_t i, std::size_t j) { return sums[i * width + j]; };
  for (std::size_t cut = least_segment; cut + least_segment <= n; ++cut) {
    const double left = static_cast<double>(cut);
    const double within_left = sum(cut, cut) / (left * (left - 1));
    for (std::size_t end = cut + least_segment; end <= n; ++end) {
      const double right = static_cast<double>(end - cut);
      const double across = sum(cut, end) - sum(cut, cut);
      const double inside = sum(end, end) - 2 * sum(cut, end) + sum(cut, cut);
      const double distance =
          left * right / (left + right) *
          (2 * across / (left * right) - within_left - inside / (right * (right - 1)));
      if (distance > best.distance) best = {distance, cut};
    }
  }
  return best;
}

// The best division over all segments; `edges` holds each segment's start and, last, the end.
division best_of(std::span<const double> series, const std::vector<std::size_t>& edges) {
  division best;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    division found = best_division(series.subspan(edges[i], edges[i + 1] - edges[i]));
    if (found.distance > best.distance) best = {found.distance, edges[i] + found.at};
  }
  return best;
}

void shuffle(std::span<double> values, std::mt19937_64& random) {
  // std::shuffle may differ between libraries, which a seeded result must not.
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[(random() >> 32) * i >> 32]);
}

double permutation_p(std::span<const double> series, const std::vector<std::size_t>& edges,
                     double observed, std::mt19937_64& random) {
  constexpr int most = 9'999, enough = 10;
  std::vector<double> mixed(series.begin(), series.end());
  int reached = 0;
  for (int draw = 1; draw <= most; ++draw) {
    for (std::size_t i = 0; i + 1 < edges.size(); ++i)
      shuffle(std::span(mixed).subspan(edges[i], edges[i + 1] - edges[i]), random);
    if (best_of(mixed, edges).distance >= observed * (1 - 1e-12) && ++reached == enough)
      return reached / double(draw);
  }
  return (reached + 1) / double(most + 1);
}

}  // namespace

change_points divide(std::span<const double> series, double level, std::uint64_t seed) {
  change_points out;
  std::mt19937_64 random(seed);
  std::vector<std::size_t> edges = {0, series.size()};
  while (true) {
    division found = best_of(series, edges);
    if (found.distance <= 0) break;
    double p = permutation_p(series, edges, found.distance, random);
    if (edges.size() == 2) out.p = p;
    if (p > level) break;
    edges.insert(std::ranges::upper_bound(edges, found.at), found.at);
  }
  out.starts.assign(edges.begin() + 1, edges.end() - 1);
  return out;
}

std::optional<trend> monotone_trend(std::span<const double> series) {
  const std::size_t n = series.size();
  if (n < 8) return {};
  std::vector<double> slopes;
  double rising = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j) {
      double step = series[j] - series[i];
      slopes.push_back(step / static_cast<double>(j - i));
      rising += step > 0 ? 1 : step < 0 ? -1 : 0;
    }
  trend out;
  out.slope = median(slopes);
  std::vector<double> starts(series.begin(), series.end());
  for (std::size_t i = 0; i < n; ++i) starts[i] -= out.slope * static_cast<double>(i);
  out.intercept = median(starts);
  std::vector<double> sorted(series.begin(), series.end());
  std::ranges::sort(sorted);
  auto spread = [](double m) { return m * (m - 1) * (2 * m + 5); };
  double variance = spread(static_cast<double>(n));
  for (std::size_t from = 0, to; from < n; from = to) {
    for (to = from; to < n && sorted[to] == sorted[from];) ++to;
    variance -= spread(static_cast<double>(to - from));
  }
  if (variance <= 0 || rising == 0) return out;
  double z = (std::abs(rising) - 1) / std::sqrt(variance / 18);
  out.p = std::erfc(z / std::numbers::sqrt2);
  return out;
}

}  // namespace reports
