#include "bench/contract/slowdown.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "bench/measure/clock.hpp"

namespace {

using namespace bench;

TEST(slowdown, means_the_cells_of_a_glob_and_those_below_it) {
  const auto s = parse_slowdown("cpu/nqueens/*/n:10:5%");
  EXPECT_DOUBLE_EQ(s.share, 0.05);
  EXPECT_EQ(s.of("cpu/nqueens/fibers/n:10/workers:2"), s.share);
  EXPECT_EQ(s.of("cpu/nqueens/fibers/n:6/workers:2"), 0);
  EXPECT_EQ(parse_slowdown("cpu/hash:2.5%").of("cpu/hash/fibers/n:1/workers:2"), 0.025);
  EXPECT_EQ(parse_slowdown("cpu/hash:5%").of("cpu/hashes/fibers/workers:2"), 0);
  EXPECT_EQ(parse_slowdown("").of("cpu/hash/fibers/workers:2"), 0);
}

TEST(slowdown, wants_cells_and_a_share) {
  for (const char* wrong : {"cpu/hash", "5%", ":5%", "cpu/hash:5", "cpu/hash:x%", "cpu/hash:-5%",
                            "cpu/hash:0%", "cpu/hash:5000%", "cpu/hash:%"})
    EXPECT_THROW(parse_slowdown(wrong), std::invalid_argument) << wrong;
}

TEST(slowdown, draws_a_run_out_by_its_share) {
  for (int i = 0; i < 50; ++i) {
    const auto start = now_ns() - 1'000'000, stop = now_ns();
    const auto end = draw_out(start, stop, 0.1);
    EXPECT_GE(end - stop, (stop - start) / 10);
    EXPECT_LE(end, now_ns());
  }
}

}  // namespace
