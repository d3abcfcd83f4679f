// The gate's promises on made-up data whose truth is known, both looks together.

#include <gtest/gtest.h>

#include "reports/judge/judgement.hpp"
#include "reports/judge/significance.hpp"
#include "reports/judge/simulation.hpp"

namespace {

using namespace reports;

TEST(gate_statistics, of_the_regressions_it_names_no_more_are_false_than_promised) {
  const auto found = simulate_gate({.runs = 1000});
  RecordProperty("false_at_first", std::to_string(found.false_at_first));
  RecordProperty("caught", std::to_string(found.caught_confirmed));
  EXPECT_LT(found.false_at_first, discovery_rate);
  EXPECT_LT(found.false_confirmed, discovery_rate / 5);
  EXPECT_LE(found.alarms_confirmed, 1u);
}

TEST(gate_statistics, changes_well_beyond_the_threshold_are_caught_by_both_looks) {
  const auto found = simulate_gate({.runs = 300, .pairs = 30, .noise = 0.01});
  EXPECT_GT(static_cast<double>(found.caught_confirmed), 0.97 * static_cast<double>(found.slowed));
}

TEST(gate_statistics, noise_alone_raises_no_alarm) {
  for (double noise : {0.005, 0.05, 0.5}) {
    const auto found = simulate_gate({.runs = 200, .noise = noise, .episodes = 0.2});
    EXPECT_LE(found.alarms_at_first, 15u) << noise;  // 5 % and chance
    EXPECT_LE(found.alarms_confirmed, 1u) << noise;
  }
}

TEST(gate_statistics, the_same_seed_makes_the_same_runs) {
  const auto one = simulate_gate({.runs = 5, .seed = 3}),
             two = simulate_gate({.runs = 5, .seed = 3});
  EXPECT_EQ(one.caught_at_first, two.caught_at_first);
  EXPECT_EQ(one.false_at_first, two.false_at_first);
}

// The ends solve the binomial tails: P(X >= k; low) = P(X <= k; high) = 0.025.
TEST(gate_statistics, intervals_of_shares_are_exact) {
  const auto none = share_interval(0, 100), some = share_interval(38, 40),
             all = share_interval(40, 40);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.03621669, 1e-8);
  EXPECT_NEAR(some.low, 0.8308030, 1e-6);
  EXPECT_NEAR(some.high, 0.9938860, 1e-6);
  EXPECT_NEAR(all.low, 0.9119028, 1e-6);
  EXPECT_EQ(all.high, 1);
}

}  // namespace
