// How many runs the samples of a cell take.

#include "bench/command/sample/calibration.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace {

using command::calibration;

nlohmann::ordered_json row(long runs, double ns) {
  return {{"iterations", runs}, {"real_time", ns}, {"time_unit", "ns"}};
}

TEST(a_calibration, knows_nothing_before_the_first_sample) {
  const calibration length{0.01};
  EXPECT_EQ(length.runs("cpu/fib/serial"), 0);
}

TEST(a_calibration, keeps_the_first_samples_runs_for_all_that_come_after) {
  calibration length{0.01};
  length.learn("cpu/fib/serial", row(12, 1e6));
  length.learn("cpu/fib/serial", row(20, 1e6));
  EXPECT_EQ(length.runs("cpu/fib/serial"), 12);
  EXPECT_EQ(length.runs("cpu/fib/tbb"), 0);
}

TEST(a_calibration, looks_again_where_the_runs_are_far_too_few) {
  calibration length{0.01};
  length.learn("cpu/fib/serial", row(12, 1e6));
  length.learn("cpu/fib/serial", row(12, 0.3e6));
  EXPECT_EQ(length.runs("cpu/fib/serial"), 0);
  length.learn("cpu/fib/serial", row(40, 0.3e6));
  EXPECT_EQ(length.runs("cpu/fib/serial"), 40);
}

TEST(a_calibration, learns_nothing_of_an_errored_sample) {
  calibration length{0.01};
  length.learn("cpu/fib/serial", {{"error_occurred", true}, {"iterations", 0}, {"real_time", 0}});
  EXPECT_EQ(length.runs("cpu/fib/serial"), 0);
}

}  // namespace
