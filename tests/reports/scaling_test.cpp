// Scaling over workers and memory over N, from made-up results whose truth is known.

#include "reports/judge/scaling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace reports;

nlohmann::json row(const std::string& model, int workers, double tasks_per_second,
                   const nlohmann::json& more = {}) {
  nlohmann::json one{{"name", "cpu/x/" + model + "/workers:" + std::to_string(workers)},
                     {"run_type", "iteration"},
                     {"real_time", 1.0},
                     {"time_unit", "ms"},
                     {"workload", "cpu/x"},
                     {"model", model},
                     {"params", nlohmann::json::object()},
                     {"workers", workers},
                     {"tasks_per_second", tasks_per_second}};
  one.update(more.is_null() ? nlohmann::json::object() : more);
  return one;
}

results read(const nlohmann::json& rows, int processors = 64) {
  return parse_results(
      nlohmann::json{
          {"context", {{"contend_schema", 1}, {"machine", {{"usable_cores", processors}}}}},
          {"benchmarks", rows}}
          .dump(),
      "made up");
}

// 100 tasks a second of one worker, 5 % contention, 0.1 % coherency.
double law(double n) { return 100 * n / (1 + 0.05 * (n - 1) + 0.001 * n * (n - 1)); }

TEST(scaling, finds_the_law_that_made_the_throughputs) {
  auto rows = nlohmann::json::array();
  for (int n : {1, 2, 4, 8, 16, 32}) rows.push_back(row("fibers", n, law(n)));
  auto found = scaling_over_workers(read(rows));
  ASSERT_EQ(found.size(), 1U);
  ASSERT_TRUE(found[0].law);
  EXPECT_NEAR(found[0].law->unit, 100, 1e-6);
  EXPECT_NEAR(found[0].law->contention, 0.05, 1e-9);
  EXPECT_NEAR(found[0].law->coherency, 0.001, 1e-10);
  EXPECT_NEAR(found[0].law->peak.value(), std::sqrt(0.95 / 0.001), 1e-6);
  for (double residual : found[0].law->residuals) EXPECT_NEAR(residual, 0, 1e-9);
  EXPECT_THAT(scaling_text(read(rows)), testing::HasSubstr("contention 5 %, coherency 0.1 %"));
}

TEST(scaling, leaves_out_workers_that_have_no_processor) {
  auto rows = nlohmann::json::array();
  for (int n : {1, 2, 4, 8, 16, 32}) rows.push_back(row("fibers", n, law(std::min(n, 8))));
  auto found = scaling_over_workers(read(rows, 8));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].law);
  EXPECT_EQ(found[0].beyond, 2U);
  EXPECT_THAT(scaling_text(read(rows, 8)),
              testing::HasSubstr("4 of the five points that a fit needs, 2 more beyond"));
}

TEST(scaling, finds_the_bytes_of_one_more_task_and_their_error) {
  auto rows = nlohmann::json::array();
  for (long n : {1'000, 10'000, 100'000})
    for (int sample : {0, 1})
      rows.push_back(row("coroutines", 2, 1,
                         {{"name", "cpu/x/coroutines/tasks:" + std::to_string(n) + "/workers:2"},
                          {"params", {{"tasks", n}, {"depth", "deep"}}},
                          {"tree_peak_bytes", 5'000'000 + 72.0 * n + (sample == 0 ? 64 : -64)},
                          {"page_table_bytes", 0.5 * n},
                          {"kernel_stack_bytes", 16'384}}));
  auto found = memory_slopes(read(rows));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].parameter, "tasks");
  EXPECT_EQ(found[0].sizes, 3U);
  EXPECT_NEAR(found[0].fit.slope, 72.5, 0.01);
  EXPECT_NEAR(found[0].fit.intercept, 5'016'384, 100);
  EXPECT_GT(found[0].fit.slope_error, 0);
  EXPECT_LT(found[0].fit.slope_error, 0.01);
}

TEST(scaling, has_nothing_to_say_of_one_size) {
  auto rows = nlohmann::json::array({row("fibers", 2, 10)});
  EXPECT_TRUE(scaling_over_workers(read(rows)).empty());
  EXPECT_TRUE(memory_slopes(read(rows)).empty());
  EXPECT_THAT(scaling_text(read(rows)), testing::HasSubstr("Nothing to scale over"));
}

}  // namespace
