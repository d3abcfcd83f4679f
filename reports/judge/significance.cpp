#include "reports/judge/significance.hpp"

#include <algorithm>
#include <bit>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <random>
#include <set>
#include <utility>

namespace reports {
namespace {

// Twice the mid-ranks, which are whole numbers, from 2 upward.
std::vector<int> doubled_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<int> ranks(values.size());
  for (std::size_t from = 0, to; from < order.size(); from = to) {
    for (to = from + 1; to < order.size() && values[order[to]] == values[order[from]];) ++to;
    for (std::size_t i = from; i < to; ++i) ranks[order[i]] = static_cast<int>(from + to + 1);
  }
  return ranks;
}

double spread_of(std::span<const double> values) {
  double robust = robust_deviation(values);
  if (robust > 0 || values.size() < 2) return robust;
  double mean = std::accumulate(values.begin(), values.end(), 0.0) / values.size(), squares = 0;
  for (double each : values) squares += (each - mean) * (each - mean);
  return std::sqrt(squares / (values.size() - 1));
}

// P(the ranks of `chosen` values drawn at random sum to at least s), by s.
std::vector<double> tail_sums(const std::vector<int>& ranks, int chosen) {
  const int n = static_cast<int>(ranks.size());
  const int most = std::accumulate(ranks.begin(), ranks.end(), 0);
  // ways[k][s]: choices of k values whose ranks sum to s, as a share of all choices.
  std::vector<std::vector<double>> ways(chosen + 1, std::vector<double>(most + 1));
  ways[0][0] = std::exp(-log_choose(n, chosen));
  int reached = 0;
  for (int i = 0; i < n; ++i) {
    reached += ranks[i];
    for (int k = std::min(i + 1, chosen); k >= 1; --k)
      for (int sum = reached; sum >= ranks[i]; --sum) ways[k][sum] += ways[k - 1][sum - ranks[i]];
  }
  std::vector<double>& tail = ways[chosen];
  for (int sum = most; sum > 0; --sum) tail[sum - 1] = std::min(tail[sum - 1] + tail[sum], 1.0);
  return tail;
}

double location_error(std::span<const double> values, double efficiency) {
  return spread_of(values) / std::sqrt(efficiency * static_cast<double>(values.size()));
}

// Each score has the sign of its difference, zeros none. P(a sum of them with random signs is at
// least the observed one), by the distribution of the positive ones' sum, a score at a time.
double flip_scores(std::span<const double> differences, const std::vector<int>& scores) {
  int observed = 0, most = 0;
  std::vector<double> probability{1};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const int score = scores[i];
    if (differences[i] == 0) continue;
    if (differences[i] > 0) observed += score;
    probability.resize(static_cast<std::size_t>(most + score + 1));
    for (int sum = most + score; sum >= 0; --sum)
      probability[sum] = (probability[sum] + (sum >= score ? probability[sum - score] : 0)) / 2;
    most += score;
  }
  return std::min(std::accumulate(probability.begin() + observed, probability.end(), 0.0), 1.0);
}

}  // namespace

double sign_flip_test(std::span<const double> differences, std::uint64_t seed) {
  const std::size_t n = differences.size();
  if (n == 0) return 1;
  double observed = std::accumulate(differences.begin(), differences.end(), 0.0);
  double magnitude = 0;
  for (double each : differences) magnitude += std::abs(each);
  const double reached = observed - 1e-12 * magnitude;  // equal sums may differ by rounding
  if (n <= 16) {
    // Gray code: each assignment differs from the one before in one sign.
    std::vector<double> signs(differences.begin(), differences.end());
    double sum = observed;
    unsigned extreme = 1;
    const unsigned assignments = 1u << n;
    for (unsigned step = 1; step < assignments; ++step) {
      double& flipped = signs[std::countr_zero(step)];
      sum -= 2 * flipped;
      flipped = -flipped;
      if (sum >= reached) ++extreme;
    }
    return extreme / double(assignments);
  }
  constexpr int draws = 20'000;
  std::mt19937_64 random(seed);
  int extreme = 1;
  for (int draw = 0; draw < draws; ++draw) {
    double sum = 0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < n; ++i, bits >>= 1) {
      if (i % 64 == 0) bits = random();
      sum += bits & 1 ? differences[i] : -differences[i];
    }
    if (sum >= reached) ++extreme;
  }
  return extreme / double(draws + 1);
}

double clipped_sign_flip_test(std::span<const double> differences) {
  constexpr double steps = 32;
  std::vector<double> magnitudes;
  for (double each : differences)
    if (each != 0) magnitudes.push_back(std::abs(each));
  if (magnitudes.empty()) return 1;
  const double clip = median(magnitudes);
  std::vector<int> scores;
  for (double each : differences)
    scores.push_back(static_cast<int>(std::ceil(steps * std::min(std::abs(each) / clip, 1.0))));
  return flip_scores(differences, scores);
}

double rank_sum_test(std::span<const double> a, std::span<const double> b) {
  const int in_a = static_cast<int>(a.size()), in_b = static_cast<int>(b.size());
  if (in_a == 0 || in_b == 0) return 1;
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  std::vector<int> ranks = doubled_ranks(all);
  const int n = in_a + in_b;
  const int observed = std::accumulate(ranks.begin(), ranks.begin() + in_a, 0);
  if (n <= 60) {
    // Without ties the ranks are always the same, and so is the distribution.
    thread_local std::map<std::pair<int, int>, std::vector<double>> untied;
    std::vector<double>* known = nullptr;
    if (std::set(ranks.begin(), ranks.end()).size() == ranks.size()) {
      known = &untied[{in_a, in_b}];
      if (!known->empty()) return (*known)[observed];
    }
    std::vector<double> p = tail_sums(ranks, in_a);
    if (known) *known = p;
    return p[observed];
  }
  double u = observed / 2.0 - in_a * (in_a + 1) / 2.0;
  std::ranges::sort(ranks);
  double ties = 0;
  for (std::size_t from = 0, to; from < ranks.size(); from = to) {
    for (to = from; to < ranks.size() && ranks[to] == ranks[from];) ++to;
    double same = static_cast<double>(to - from);
    ties += same * same * same - same;
  }
  double products = double(in_a) * in_b;
  double variance = products / 12 * (n + 1 - ties / (double(n) * (n - 1)));
  if (variance <= 0) return 1;
  double z = (u - products / 2 - 0.5) / std::sqrt(variance);
  return std::erfc(z / std::numbers::sqrt2) / 2;
}

double least_sign_flip_p(std::size_t pairs) { return std::exp2(-static_cast<double>(pairs)); }

double least_rank_sum_p(std::size_t a, std::size_t b) {
  return std::exp(-log_choose(static_cast<double>(a + b), static_cast<double>(a)));
}

std::vector<double> false_discovery_rates(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<double> q(p.size());
  double least = 1;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    std::size_t i = order[rank - 1];
    least = std::min(least, p[i] * p.size() / rank);
    q[i] = least;
  }
  return q;
}

interval share_interval(std::size_t found, std::size_t of) {
  using binomial = boost::math::binomial_distribution<>;
  constexpr double tail = (1 - confidence) / 2;
  const auto n = static_cast<double>(of), k = static_cast<double>(found);
  return {found == 0 ? 0 : binomial::find_lower_bound_on_p(n, k, tail),
          found == of ? 1 : binomial::find_upper_bound_on_p(n, k, tail)};
}

double smallest_detectable(double standard_error, double degrees, double level, double power) {
  if (standard_error == 0) return 0;
  boost::math::students_t t(std::max(degrees, 1.0));
  return standard_error * (boost::math::quantile(boost::math::complement(t, level)) +
                           boost::math::quantile(t, power));
}

double location_error(std::span<const double> differences) {
  return location_error(differences, 0.8367);
}

double location_error(std::span<const double> a, std::span<const double> b) {
  constexpr double of_ranks = 3 / std::numbers::pi;
  return std::hypot(location_error(a, of_ranks), location_error(b, of_ranks));
}

}  // namespace reports
