#include "reports/judge/judgement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace {

using namespace reports;
using testing::HasSubstr;

std::mt19937_64& source() {
  static std::mt19937_64 random(17);
  return random;
}

// Pairs with common drift; now and then a slow episode hits one side only.
measured_change made(double effect, double noise, int samples, bool paired = true,
                     double episodes = 0.05) {
  std::normal_distribution<double> normal;
  std::bernoulli_distribution episode(episodes);
  measured_change out;
  out.name = "row";
  out.field = "time_ns";
  out.paired = paired;
  for (int i = 0; i < samples; ++i) {
    double drift = paired ? 0.2 * normal(source()) : 0;
    for (auto* side : {&out.base, &out.head}) {
      double slow = episode(source()) ? 0.5 : 0;
      double value = std::exp(drift + slow + noise * normal(source()));
      side->push_back(side == &out.head ? effect * value : value);
    }
  }
  return out;
}

change alone(const measured_change& row) { return judge({row})[0].result; }

TEST(judgement, a_clear_change_is_found_in_its_direction) {
  for (bool paired : {true, false}) {
    EXPECT_EQ(alone(made(1.10, 0.01, 20, paired)), change::regressed);
    EXPECT_EQ(alone(made(0.90, 0.01, 20, paired)), change::improved);
    EXPECT_EQ(alone(made(1.00, 0.01, 20, paired)), change::unchanged);
  }
}

TEST(judgement, a_sure_change_below_the_threshold_is_unchanged) {
  auto found = judge({made(1.02, 0.001, 20)})[0];
  EXPECT_EQ(found.result, change::unchanged);
  EXPECT_NEAR(found.effect.value, 1.02, 0.002);
  EXPECT_LT(found.detectable, 0.01);
}

TEST(judgement, noise_that_hides_the_threshold_cannot_be_judged) {
  constexpr int rows = 200;
  int noisy = 0;
  for (int i = 0; i < rows; ++i) {
    auto found = judge({made(1.0, 0.2, 10)})[0];
    EXPECT_NE(found.result, change::unchanged);
    if (found.result != change::cannot_judge) continue;
    EXPECT_THAT(found.reason, HasSubstr("too noisy"));
    EXPECT_GT(found.detectable, 0.03);
    ++noisy;
  }
  EXPECT_GT(noisy, rows * 9 / 10);  // each alone is flagged at the level, 5 % a direction
}

TEST(judgement, too_few_samples_cannot_be_judged_and_say_how_many_are_needed) {
  auto three = judge({made(1.5, 0.001, 3, true, 0)})[0];
  EXPECT_EQ(three.result, change::cannot_judge);
  EXPECT_EQ(three.reason, "too few samples: 3 pairs, 5 needed to judge 1 value");
  EXPECT_TRUE(std::isinf(three.detectable));
  std::vector<measured_change> many(100, made(1.0, 0.001, 10, true, 0));
  EXPECT_THAT(judge(many)[0].reason, HasSubstr("11 needed to judge 100 values together"));
}

TEST(judgement, an_obstacle_or_a_missing_value_cannot_be_judged) {
  auto row = made(1.0, 0.01, 10);
  row.obstacle = "invalid in HEAD: wrong answer";
  EXPECT_EQ(judge({row})[0].reason, "invalid in HEAD: wrong answer");
  row.obstacle.clear();
  row.head[0] = 0;
  EXPECT_EQ(alone(row), change::cannot_judge);
  row.head[0] = NAN;
  EXPECT_EQ(alone(row), change::cannot_judge);
  row.head.pop_back();
  EXPECT_EQ(alone(row), change::cannot_judge);
}

TEST(judgement, values_below_the_floor_do_not_matter) {
  auto row = made(1.0, 0.01, 12);
  for (double& each : row.base) each = 0;
  for (double& each : row.head) each = 0.5;
  row.floor = 1;
  EXPECT_EQ(alone(row), change::unchanged);
  for (double& each : row.head) each = 2;
  EXPECT_EQ(alone(row), change::regressed);
}

TEST(judgement, equal_constants_are_unchanged_and_unequal_ones_are_not) {
  measured_change row;
  row.base = row.head = std::vector(12, 4096.0);
  EXPECT_EQ(alone(row), change::unchanged);
  row.head.assign(12, 8192);
  EXPECT_EQ(alone(row), change::regressed);
}

TEST(judgement, a_second_look_confirms_or_clears) {
  auto first = judge({made(1.10, 0.01, 20)});
  EXPECT_EQ(confirmed(first, judge({made(1.10, 0.01, 20)}))[0].result, change::regressed);
  auto cleared = confirmed(first, judge({made(1.0, 0.01, 20)}))[0];
  EXPECT_EQ(cleared.result, change::unchanged);
  EXPECT_THAT(cleared.reason, HasSubstr("not confirmed"));
  EXPECT_EQ(confirmed(first, {})[0].result, change::regressed);
}

TEST(judgement, the_exit_status_tells_a_regression_from_an_open_question) {
  judgement good, bad, open, aside;
  good.result = change::unchanged;
  bad.result = change::regressed;
  aside.required = false;
  EXPECT_EQ(exit_status_of({good, aside}), 0);
  EXPECT_EQ(exit_status_of({good, open}), 3);
  EXPECT_EQ(exit_status_of({good, open, bad}), 2);
  EXPECT_EQ(exit_status_of({}), 0);
}

// Known truth: of every 40 rows, 8 regressed by 8 %, 4 improved by 8 %, 4 changed by exactly the
// threshold (the hardest true "no"), the rest are the same.
struct tally {
  int false_regressions = 0, regressions = 0, caught = 0, slowed = 0;
  double rates = 0;  // false discovery proportions, summed over the runs
};

tally simulate(int runs, int samples, double noise, bool paired) {
  tally out;
  for (int run = 0; run < runs; ++run) {
    std::vector<measured_change> rows;
    for (int i = 0; i < 40; ++i)
      rows.push_back(made(i < 8    ? 1.08
                          : i < 12 ? 1 / 1.08
                          : i < 16 ? 1.03
                                   : 1.0,
                          noise, samples, paired));
    auto found = judge(rows);
    int wrong = 0, all = 0;
    for (int i = 0; i < 40; ++i) {
      if (found[i].result != change::regressed) continue;
      ++all;
      wrong += i >= 8;
    }
    out.rates += all ? wrong / double(all) : 0;
    out.false_regressions += wrong;
    out.regressions += all;
    out.caught += all - wrong;
    out.slowed += 8;
  }
  return out;
}

TEST(judgement, the_false_discovery_rate_is_what_was_promised) {
  for (bool paired : {true, false}) {
    const int runs = paired ? 1500 : 500;
    auto found = simulate(runs, 20, 0.015, paired);
    RecordProperty(paired ? "paired_rate" : "unpaired_rate", std::to_string(found.rates / runs));
    EXPECT_LT(found.rates / runs, discovery_rate + 0.01) << (paired ? "paired" : "unpaired");
    EXPECT_GT(found.caught, 0.9 * found.slowed) << (paired ? "paired" : "unpaired");
  }
}

TEST(judgement, identical_builds_are_hardly_ever_flagged) {
  constexpr int runs = 1000;
  int alarms = 0;
  for (int run = 0; run < runs; ++run) {
    std::vector<measured_change> rows;
    for (int i = 0; i < 40; ++i) rows.push_back(made(1.0, 0.03, 20));
    alarms += exit_status_of(judge(rows)) == 2;
  }
  EXPECT_LE(alarms, 0.01 * runs);
}

}  // namespace
