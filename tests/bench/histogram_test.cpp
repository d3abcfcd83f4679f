#include "bench/measure/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <vector>

namespace {

using bench::histogram;

constexpr double percents[] = {0, 0.1, 1, 10, 50, 75, 90, 99, 99.9, 99.99, 100};

histogram of(const std::vector<std::int64_t>& values) {
  histogram h;
  for (const auto v : values) h.record(v);
  return h;
}

std::int64_t exact(const std::vector<std::int64_t>& sorted, double percent) {
  const auto rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

// Spread evenly over the powers of ten, as latencies are.
std::vector<std::int64_t> random_durations(std::mt19937_64& random, std::size_t n, double low,
                                           double high) {
  std::uniform_real_distribution<double> power{std::log(low), std::log(high)};
  std::vector<std::int64_t> values(n);
  for (auto& v : values) v = std::llround(std::exp(power(random)));
  return values;
}

TEST(histogram, percentiles_of_random_durations_are_within_one_percent) {
  std::mt19937_64 random{20};
  for (int round = 0; round < 200; ++round) {
    const auto n = std::uniform_int_distribution<std::size_t>{1, 5'000}(random);
    auto values = random_durations(random, n, 100, 100e9);
    const auto h = of(values);
    std::ranges::sort(values);
    for (const double p : percents) {
      const auto want = static_cast<double>(exact(values, p));
      ASSERT_NEAR(static_cast<double>(h.percentile(p)), want, want / 100) << p << " of " << n;
    }
  }
}

TEST(histogram, one_duration_is_given_back_within_one_percent_over_the_whole_range) {
  std::mt19937_64 random{21};
  for (const auto v : random_durations(random, 20'000, 100, 100e9)) {
    histogram h;
    h.record(0);
    h.record(v, 2);
    h.record(histogram::limit);
    ASSERT_NEAR(static_cast<double>(h.percentile(50)), static_cast<double>(v),
                static_cast<double>(v) / 100);
  }
}

TEST(histogram, short_durations_are_exact) {
  for (std::int64_t v = 0; v < 128; ++v) {
    histogram h;
    h.record(0);
    h.record(v, 5);
    h.record(1'000);
    ASSERT_EQ(h.percentile(50), v);
  }
}

TEST(histogram, merging_is_associative_commutative_and_the_same_as_recording_together) {
  std::mt19937_64 random{22};
  for (int round = 0; round < 50; ++round) {
    const auto a = random_durations(random, 300, 1, 1e10);
    const auto b = random_durations(random, 30, 1, 1e6);
    const auto c = random_durations(random, 3'000, 1e3, 1e8);
    auto left = of(a);
    left.merge(of(b));
    left.merge(of(c));
    auto right = of(c);
    right.merge(of(b));
    auto outer = of(a);
    outer.merge(right);
    std::vector<std::int64_t> all = a;
    all.insert(all.end(), b.begin(), b.end());
    all.insert(all.end(), c.begin(), c.end());
    ASSERT_EQ(left, outer);
    ASSERT_EQ(left, of(all));
  }
}

TEST(histogram, merging_nothing_changes_nothing) {
  auto h = of({5, 70'000});
  const auto before = h;
  h.merge({});
  EXPECT_EQ(h, before);
  histogram empty;
  empty.merge(before);
  EXPECT_EQ(empty, before);
}

TEST(histogram, what_lies_beyond_its_bounds_is_counted_at_them) {
  const auto h = of({-5, 1, std::numeric_limits<std::int64_t>::max()});
  EXPECT_EQ(h.count(), 3U);
  EXPECT_EQ(h.min(), 0);
  EXPECT_EQ(h.max(), histogram::limit);
  EXPECT_EQ(h.percentile(100), histogram::limit);
  EXPECT_GT(histogram::limit, 100'000'000'000);
}

TEST(histogram, nothing_recorded_is_all_zeros) {
  const histogram h;
  EXPECT_EQ(h.count(), 0U);
  for (const double p : percents) EXPECT_EQ(h.percentile(p), 0);
  EXPECT_EQ(h.min(), 0);
  EXPECT_EQ(h.max(), 0);
  EXPECT_EQ(h.mean(), 0);
}

TEST(histogram, percentiles_never_fall_and_stay_between_the_extremes) {
  std::mt19937_64 random{23};
  for (int round = 0; round < 100; ++round) {
    const auto h = of(random_durations(random, 100, 1, 1e11));
    std::int64_t last = h.min();
    for (double p = -1; p <= 101; p += 0.25) {
      const auto now = h.percentile(p);
      ASSERT_GE(now, last);
      last = now;
    }
    ASSERT_EQ(last, h.max());
  }
}

TEST(histogram, a_count_weighs_as_much_as_as_many_records) {
  histogram once;
  once.record(1'500, 40);
  once.record(7, 0);
  EXPECT_EQ(once, of(std::vector<std::int64_t>(40, 1'500)));
  EXPECT_EQ(once.mean(), 1'500);
}

TEST(histogram, json_restores_what_was_stored) {
  std::mt19937_64 random{24};
  for (const std::size_t n : {0, 1, 2, 1'000}) {
    const auto h = of(random_durations(random, n, 1, 1e11));
    const auto back = histogram::from_json(nlohmann::json::parse(h.to_json().dump()));
    EXPECT_EQ(back, h);
  }
}

TEST(histogram, json_that_is_no_histogram_is_refused) {
  for (const char* text :
       {"3", "{}", R"({"count": 1, "buckets": []})", R"({"count": 1, "buckets": [[1, 1]]})",
        R"({"count":1,"min_ns":129,"max_ns":129,"sum_ns":129,"buckets":[[129,1]]})",
        R"({"count":1,"min_ns":5,"max_ns":9,"sum_ns":5,"buckets":[[5,1]]})",
        R"({"count":1,"min_ns":-1,"max_ns":-1,"sum_ns":-1,"buckets":[[-1,1]]})",
        R"({"count":1,"min_ns":1,"max_ns":1,"sum_ns":"x","buckets":[[1,1]]})"})
    EXPECT_THROW(histogram::from_json(nlohmann::json::parse(text)), std::invalid_argument) << text;
}

}  // namespace
