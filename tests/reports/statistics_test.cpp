// The constants were made once with numpy 1.24 and scipy 1.10: np.median,
// median_abs_deviation(scale= 'normal') times the small-sample factor, gmean,
// bootstrap(method='percentile', n_resamples=400000), permutation_test (samples or independent),
// mannwhitneyu (method='exact' or 'asymptotic'), t.ppf,
// linregress, and optimize.nnls on the relative errors.
#include "reports/base/statistics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "reports/judge/significance.hpp"

namespace {

using namespace reports;
using testing::DoubleNear;
using testing::Each;
using testing::Pointwise;

const std::vector<double> x = {3.1, 2.7, 9.5, 3.3, 2.9, 3.0, 4.4, 2.8, 3.6, 3.2};
const std::vector<double> y = {2.9, 2.6, 3.0, 3.4, 2.7, 2.8, 4.0, 2.9, 3.1, 3.0};
const std::vector<double> seven(x.begin(), x.begin() + 7);

std::vector<double> log_ratios() {
  std::vector<double> out;
  for (std::size_t i = 0; i < x.size(); ++i) out.push_back(std::log(x[i] / y[i]));
  return out;
}

void expect_interval(const estimate& found, double value, double low, double high) {
  EXPECT_NEAR(found.value, value, 1e-12);
  ASSERT_TRUE(found.range);
  EXPECT_NEAR(found.range->low, low, 1e-9);
  EXPECT_NEAR(found.range->high, high, 1e-9);
}

TEST(statistics, location_and_spread_agree_with_scipy) {
  EXPECT_DOUBLE_EQ(median(x), 3.15);
  EXPECT_DOUBLE_EQ(median(seven), 3.1);
  EXPECT_NEAR(robust_deviation(x), 0.483457245164871, 1e-12);
  EXPECT_NEAR(robust_deviation(seven), 0.338033305819277, 1e-12);
  EXPECT_NEAR(relative_spread(x), 0.483457245164871 / 3.15, 1e-12);
  EXPECT_NEAR(geometric_mean(x), 3.55675986114664, 1e-12);
}

TEST(statistics, nothing_and_one_sample_have_no_spread_and_no_interval) {
  EXPECT_TRUE(std::isnan(median({})));
  EXPECT_TRUE(std::isnan(geometric_mean({})));
  EXPECT_TRUE(std::isnan(geometric_mean(std::vector{1.0, 0.0})));
  EXPECT_EQ(robust_deviation(std::vector{1.0}), 0);
  EXPECT_FALSE(median_estimate(std::vector{1.0, 2.0, 3.0, 4.0}).range);
  EXPECT_FALSE(tied(paired_ratio(std::vector{1.0}, std::vector{1.0})));
}

TEST(statistics, bootstrap_intervals_agree_with_drawn_ones) {
  expect_interval(median_estimate(x), 3.15, 2.9, 3.85);
  expect_interval(median_estimate(seven), 3.1, 2.9, 4.4);
  expect_interval(paired_ratio(x, y), 1.07019633574608, 1.01749403813834, 1.11683115463215);
  auto apart = unpaired_ratio(x, y);
  EXPECT_NEAR(apart.value, 1.06781547331806, 1e-12);
  ASSERT_TRUE(apart.range);
  EXPECT_NEAR(apart.range->low, 0.951476206693718, 1e-9);
  EXPECT_NEAR(apart.range->high, 1.29188448293235, 1e-9);
  EXPECT_FALSE(tied(paired_ratio(x, y)));
  EXPECT_TRUE(tied(apart));
}

TEST(statistics, equal_samples_make_an_interval_of_no_width) {
  std::vector<double> same(6, 2.0);
  expect_interval(median_estimate(same), 2, 2, 2);
  auto ratio = unpaired_ratio(same, same);
  ASSERT_TRUE(ratio.range);
  EXPECT_NEAR(ratio.range->low, 1, 1e-9);
  EXPECT_NEAR(ratio.range->high, 1, 1e-9);
  EXPECT_TRUE(tied(ratio));
}

// How often does the 95 % interval hold the true value?
double coverage(int runs, const std::function<bool()>& holds) {
  int held = 0;
  for (int run = 0; run < runs; ++run) held += holds();
  return held / double(runs);
}

TEST(statistics, intervals_of_the_median_hold_it_as_often_as_they_claim) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  for (int n : {5, 6, 9, 10, 20, 41})
    for (bool skewed : {false, true}) {
      double share = coverage(4000, [&] {
        std::vector<double> samples(n);
        for (double& each : samples) each = skewed ? std::exp(2 * normal(random)) : normal(random);
        return median_estimate(samples).range->contains(skewed ? 1 : 0);
      });
      // Five samples reach 93.75 % at most: that is their whole range.
      EXPECT_GT(share, 0.92) << n << " samples" << (skewed ? ", skewed" : "");
      EXPECT_LT(share, 0.98) << n << " samples" << (skewed ? ", skewed" : "");
    }
}

TEST(statistics, intervals_of_ratios_hold_the_ratio_as_often_as_they_claim) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  for (int n : {5, 10, 20}) {
    auto pair = [&](bool common_drift) {
      std::vector<double> a(n), b(n);
      for (int i = 0; i < n; ++i) {
        double drift = common_drift ? 0.5 * normal(random) : 0;
        a[i] = 1.2 * std::exp(drift + 0.02 * normal(random));
        b[i] = std::exp(drift + 0.02 * normal(random));
      }
      return std::pair(a, b);
    };
    double paired = coverage(4000, [&] {
      auto [a, b] = pair(true);
      return paired_ratio(a, b).range->contains(1.2);
    });
    double unpaired = coverage(1000, [&] {
      auto [a, b] = pair(false);
      return unpaired_ratio(a, b).range->contains(1.2);
    });
    EXPECT_GT(paired, 0.92) << n;
    EXPECT_LT(paired, 0.98) << n;
    EXPECT_GT(unpaired, 0.92) << n;
    EXPECT_LT(unpaired, 0.995) << n;
  }
}

TEST(statistics, sign_flip_test_agrees_with_full_enumeration) {
  EXPECT_DOUBLE_EQ(sign_flip_test(log_ratios()), 0.005859375);
  const std::vector<double> twenty = {0.012, -0.004, 0.021,  0.007, 0.003,  -0.011, 0.016,
                                      0.009, 0.005,  -0.002, 0.014, 0.001,  -0.006, 0.018,
                                      0.008, -0.003, 0.011,  0.004, -0.008, 0.010};
  EXPECT_NEAR(sign_flip_test(twenty), 0.009581565856933594, 0.002);  // four errors of 20,000 draws
  EXPECT_EQ(sign_flip_test(twenty, 5), sign_flip_test(twenty, 5));
  EXPECT_DOUBLE_EQ(sign_flip_test(std::vector{1.0, 1.0, 1.0}), 1 / 8.0);
  EXPECT_DOUBLE_EQ(sign_flip_test(std::vector{0.0, 0.0}), 1);
}

// The constants: all assignments of signs, counted one by one.
TEST(statistics, clipped_sign_flip_test_is_exact_with_ties_and_zeros) {
  const auto p = [](const std::vector<double>& differences) {
    return clipped_sign_flip_test(differences);
  };
  EXPECT_NEAR(p({0.5, 1.25, -0.25, 2.0, 0.75, -1.0, 3.0, 1.5}), 0.05078125, 1e-12);
  EXPECT_NEAR(p({1, 2, 2, -1, 3, 0, -2, 4, 4, 1}), 0.0625, 1e-12);
  EXPECT_DOUBLE_EQ(p({0.0, 0.0}), 1);
  EXPECT_DOUBLE_EQ(p({}), 1);
  EXPECT_NEAR(p(std::vector<double>(30, 1.0)) / least_sign_flip_p(30), 1, 1e-9);
}

TEST(statistics, slow_episodes_on_either_side_do_not_hide_a_change_from_the_gate) {
  const std::vector<double> differences = {0.021, 0.018, 0.025, -0.9,  0.019, 0.022,
                                           0.8,   -0.7,  0.02,  0.024, 0.017, 0.023};
  EXPECT_NEAR(clipped_sign_flip_test(differences), 0.019287109375, 1e-12);
  EXPECT_GT(sign_flip_test(differences), 0.3);
}

TEST(statistics, rank_sum_test_agrees_with_scipy) {
  const std::vector<double> a = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
  const std::vector<double> b = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 0.9, 3.14};
  EXPECT_NEAR(rank_sum_test(a, b), 0.0997943233237351, 1e-10);
  EXPECT_NEAR(
      rank_sum_test(std::vector<double>{1, 2, 2, 3, 5, 5}, std::vector<double>{1, 1, 2, 4, 2}),
      0.16017316017316016, 1e-10);
  std::vector<double> big_a, big_b, tied_a, tied_b;
  for (int i = 0; i < 40; ++i) big_a.push_back((i * 37) % 101 / 10.0);
  for (int i = 0; i < 35; ++i) big_b.push_back((i * 53) % 97 / 11.0);
  for (double each : big_a) tied_a.push_back(std::nearbyint(each));
  for (double each : big_b) tied_b.push_back(std::nearbyint(each) - 1);
  EXPECT_NEAR(rank_sum_test(big_a, big_b), 0.08870797167689837, 1e-10);
  EXPECT_NEAR(rank_sum_test(tied_a, tied_b), 0.0031021895562341074, 1e-10);
  EXPECT_NEAR(least_rank_sum_p(5, 5), 1 / 252.0, 1e-12);
}

TEST(statistics, tests_reject_true_nulls_no_more_often_than_their_level) {
  std::mt19937_64 random(3);
  std::student_t_distribution<double> heavy_tailed(2);
  int flips = 0, clipped = 0, sums = 0;
  constexpr int runs = 4000;
  for (int run = 0; run < runs; ++run) {
    std::vector<double> a(9), b(9);
    for (double& each : a) each = heavy_tailed(random);
    for (double& each : b) each = heavy_tailed(random);
    flips += sign_flip_test(a) <= 0.05;
    clipped += clipped_sign_flip_test(a) <= 0.05;
    sums += rank_sum_test(a, b) <= 0.05;
  }
  for (int rejected : {flips, clipped, sums}) {
    EXPECT_LT(rejected, 0.06 * runs);
    EXPECT_GT(rejected, 0.03 * runs);
  }
}

TEST(statistics, false_discovery_rates_are_those_of_benjamini_and_hochberg) {
  const std::vector<double> p = {0.216, 0.001, 0.008, 0.039, 0.041,
                                 0.042, 0.06,  0.074, 0.205, 0.212};
  const std::vector<double> q = {0.216, 0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.105714285714286,
                                 0.216, 0.216};
  EXPECT_THAT(false_discovery_rates(p), Pointwise(testing::DoubleNear(1e-12), q));
  EXPECT_TRUE(false_discovery_rates({}).empty());
}

TEST(statistics, smallest_detectable_change_agrees_with_students_t) {
  EXPECT_NEAR(smallest_detectable(0.01, 9, 0.05), 0.0271651679233915, 1e-12);
  EXPECT_NEAR(smallest_detectable(0.01, 18, 0.0005), 0.0478369448799554, 1e-9);
  EXPECT_EQ(smallest_detectable(0, 9, 0.05), 0);
}

TEST(statistics, a_change_of_the_smallest_detectable_size_is_found_four_times_in_five) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal(0, 0.02);
  constexpr int runs = 4000, pairs = 20;
  const double error = 0.02 / std::sqrt(0.8367 * pairs);
  const double change = smallest_detectable(error, pairs - 1, 0.05);
  int found = 0;
  for (int run = 0; run < runs; ++run) {
    std::vector<double> differences(pairs);
    for (double& each : differences) each = change + normal(random);
    found += clipped_sign_flip_test(differences) <= 0.05;
  }
  EXPECT_NEAR(found / double(runs), 0.8, 0.03);
}

TEST(statistics, linear_fit_agrees_with_scipy) {
  auto fit = linear_fit(std::vector<double>{1, 2, 3, 4, 5, 8},
                        std::vector{2.1, 3.9, 6.2, 7.8, 10.1, 16.4});
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->slope, 2.04810810810811, 1e-12);
  EXPECT_NEAR(fit->intercept, -0.101081081081082, 1e-12);
  EXPECT_NEAR(fit->slope_error, 0.0356756756756741, 1e-12);
  EXPECT_FALSE(linear_fit(std::vector{1.0, 1.0}, std::vector{1.0, 2.0}));
}

TEST(statistics, scalability_fit_agrees_with_non_negative_least_squares) {
  auto fit = fit_scalability(std::vector<double>{1, 2, 4, 8, 16, 32},
                             std::vector<double>{100, 191, 342, 553, 680, 571});
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->unit, 99.3012254514658, 1e-7);
  EXPECT_NEAR(fit->contention, 0.034452701526212, 1e-9);
  EXPECT_NEAR(fit->coherency, 0.0035007263480436, 1e-10);
  EXPECT_NEAR(fit->peak.value(), 16.6076313090222, 1e-6);
  EXPECT_THAT(fit->residuals,
              Pointwise(DoubleNear(1e-9), std::vector{0.0070369176750571, 0.00158755620635165,
                                                      -0.0138201947726256, 0.000462100972049351,
                                                      0.00875901095464515, -0.0043644092423526}));
  auto better_than_linear = fit_scalability(std::vector<double>{1, 2, 4, 8, 16},
                                            std::vector<double>{10, 20.5, 41, 79, 163});
  ASSERT_TRUE(better_than_linear);
  EXPECT_NEAR(better_than_linear->unit, 10.1147249690977, 1e-7);
  EXPECT_EQ(better_than_linear->contention, 0);
  EXPECT_EQ(better_than_linear->coherency, 0);
  EXPECT_FALSE(better_than_linear->peak);
}

TEST(statistics, scalability_fit_needs_five_points) {
  EXPECT_FALSE(fit_scalability(std::vector<double>{1, 2, 4, 8}, std::vector<double>{1, 2, 3, 4}));
}

}  // namespace
