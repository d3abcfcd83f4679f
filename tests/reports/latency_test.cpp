// Latencies of several samples, brought together from their histograms.

#include "reports/read/latency.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "bench/measure/histogram.hpp"
#include "reports/read/results.hpp"

namespace {

using namespace reports;
using testing::ElementsAre;

nlohmann::ordered_json as_read(const bench::histogram& h) {
  return nlohmann::ordered_json::parse(h.to_json().dump());
}

// Samples whose events are drawn from `draw`; all of them, in order, go to `events`.
template <class Draw>
results made(int samples, int each, Draw draw, std::vector<double>& events) {
  results out;
  for (int i = 0; i < samples; ++i) {
    bench::histogram h;
    for (int k = 0; k < each; ++k) {
      const auto ns = static_cast<std::int64_t>(draw(i));
      h.record(ns);
      events.push_back(static_cast<double>(ns));
    }
    row one;
    one.name = one.workload = "io/echo";
    one.time_ns = 1;
    one.sample = one.block.emplace(i);
    one.latencies = latency_histogram::read(as_read(h));
    out.rows.push_back(one);
  }
  std::ranges::sort(events);
  return out;
}

double exact(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(std::ceil(share * sorted.size())) - 1];
}

const estimate& at(const std::vector<latency_at>& curve, const std::string& field) {
  return std::ranges::find(curve, field, &latency_at::field)->value;
}

std::vector<std::string> fields(const std::vector<latency_at>& curve) {
  std::vector<std::string> out;
  for (const auto& each : curve) out.push_back(each.field);
  return out;
}

TEST(latencies, percentiles_of_all_samples_together_are_those_of_all_their_events) {
  std::mt19937_64 random(7);
  std::exponential_distribution<double> wait(1e-5);
  std::vector<double> events;
  const auto from = made(
      5, 25'000, [&](int) { return 1000 + wait(random); }, events);
  const auto curve = latency_curve(cells(from)[0]);
  EXPECT_THAT(fields(curve),
              ElementsAre("p50_ns", "p90_ns", "p99_ns", "p999_ns", "p9999_ns", "max_ns"));
  for (const auto& [field, value] : curve)
    if (const auto share = share_of(field)) {
      EXPECT_NEAR(value.value / exact(events, *share), 1, 0.008) << field;
      ASSERT_TRUE(value.range) << field;
      EXPECT_LE(value.range->low, value.value) << field;
      EXPECT_GE(value.range->high, value.value) << field;
    }
  EXPECT_EQ(at(curve, "max_ns").value, events.back());
  EXPECT_FALSE(at(curve, "max_ns").range);
}

// One sample in five is slow: the median over samples would not know, the events do.
TEST(latencies, a_tail_that_only_one_sample_has_is_in_the_tail_of_all) {
  std::vector<double> events;
  const auto from = made(
      5, 2000, [](int sample) { return sample == 3 ? 1e6 : 1e3; }, events);
  const auto curve = latency_curve(cells(from)[0]);
  EXPECT_NEAR(at(curve, "p50_ns").value, 1e3, 8);
  EXPECT_NEAR(at(curve, "p90_ns").value, 1e6, 8e3);
  EXPECT_NEAR(at(curve, "p90_ns").range->low, 1e3, 8) << "a sample may be missing by chance";
}

TEST(latencies, a_percentile_needs_ten_events_beyond_it) {
  std::vector<double> events;
  auto known = [&](int samples, int each) {
    const auto from = made(
        samples, each, [](int) { return 500.0; }, events);
    return fields(latency_curve(cells(from)[0]));
  };
  EXPECT_THAT(known(2, 9), ElementsAre("max_ns"));
  EXPECT_THAT(known(2, 500), ElementsAre("p50_ns", "p90_ns", "p99_ns", "max_ns"));
  EXPECT_THAT(known(2, 499), ElementsAre("p50_ns", "p90_ns", "max_ns"));
  EXPECT_THAT(known(10, 1000), ElementsAre("p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"));
}

TEST(latencies, few_samples_have_no_interval_and_the_same_file_always_the_same) {
  std::mt19937_64 random(3);
  std::exponential_distribution<double> wait(1e-4);
  std::vector<double> events;
  auto draw = [&](int) { return wait(random); };
  EXPECT_FALSE(at(latency_curve(cells(made(4, 100, draw, events))[0]), "p50_ns").range);
  const auto from = made(8, 100, draw, events);
  const auto one = latency_curve(cells(from)[0]), two = latency_curve(cells(from)[0]);
  EXPECT_EQ(at(one, "p90_ns").range->high, at(two, "p90_ns").range->high);
}

TEST(latencies, a_cell_of_which_a_sample_has_none_has_none) {
  std::vector<double> events;
  auto from = made(
      3, 100, [](int) { return 5.0; }, events);
  from.rows[1].latencies.reset();
  EXPECT_TRUE(latency_curve(cells(from)[0]).empty());
}

TEST(latencies, what_is_no_histogram_is_not_read_as_one) {
  using json = nlohmann::ordered_json;
  auto read = [](const char* text) {
    return latency_histogram::read(json::parse(text)).has_value();
  };
  EXPECT_TRUE(read(R"({"count":3,"min_ns":5,"max_ns":9,"buckets":[[5,1],[9,2]]})"));
  for (const char* bad : {R"("p99")", R"([1,2])", R"({"buckets":7})",
                          R"({"count":3,"min_ns":5,"max_ns":9,"buckets":[]})",
                          R"({"count":4,"min_ns":5,"max_ns":9,"buckets":[[5,1],[9,2]]})",
                          R"({"count":3,"min_ns":5,"max_ns":9,"buckets":[[9,1],[5,2]]})",
                          R"({"count":3,"min_ns":9,"max_ns":5,"buckets":[[5,1],[9,2]]})",
                          R"({"count":3,"min_ns":5,"max_ns":9,"buckets":[[5,1],[9,-2],[10,4]]})",
                          R"({"count":3,"min_ns":5,"max_ns":9,"buckets":[[5,1,1],[9,2]]})",
                          R"({"count":3,"min_ns":5,"max_ns":9,"buckets":[["5",1],[9,2]]})",
                          R"({"count":3,"min_ns":5,"max_ns":9,"buckets":[[-5,1],[9,2]]})",
                          R"({"count":1,"min_ns":5,"max_ns":9,"buckets":[[1e300,1]]})"})
    EXPECT_FALSE(read(bad)) << bad;
}

TEST(latencies, tells_percentiles_from_other_fields) {
  EXPECT_DOUBLE_EQ(*share_of("p50_ns"), 0.5);
  EXPECT_DOUBLE_EQ(*share_of("p9999_ns"), 0.9999);
  for (const char* other : {"peak_ns", "p_ns", "p50", "max_ns", "p50_bytes", "x50_ns", ""})
    EXPECT_FALSE(share_of(other)) << other;
}

}  // namespace
