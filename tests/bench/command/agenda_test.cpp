// What a run samples next, with and without a budget, on made-up times.

#include "bench/command/run/agenda.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "reports/base/statistics.hpp"

namespace {

using command::agenda;
using command::amount;
using command::cell;
using command::planned;
using command::taken;

cell make_cell(const std::string& workload, const std::string& model, int workers = 2,
               std::size_t binary = 0) {
  cell c;
  c.name = workload + "/" + model;
  c.workload = workload;
  c.model = model;
  c.params = nlohmann::ordered_json::object();
  c.workers = workers;
  c.binary = binary;
  return c;
}

const std::vector<cell> two_groups{
    make_cell("cpu/calm", "serial", 1), make_cell("cpu/calm", "fibers"),
    make_cell("cpu/calm", "threads"),   make_cell("cpu/wild", "serial", 1),
    make_cell("cpu/wild", "fibers"),    make_cell("cpu/wild", "threads")};

using sampler = std::function<taken(const planned&)>;

std::vector<planned> play(agenda& a, const sampler& take, std::size_t most = 100'000) {
  std::vector<planned> all;
  while (all.size() < most) {
    const auto next = a.next();
    if (!next) break;
    all.push_back(*next);
    a.done(*next, take(*next));
  }
  return all;
}

// A second a sample; the first group hardly varies, the second does, by `spread`.
sampler calm_and_wild(double spread, std::uint64_t seed = 1) {
  return [spread, random = std::mt19937_64{seed}](const planned& which) mutable {
    std::normal_distribution<double> normal;
    const double share = which.cell < 3 ? 0.0001 : spread;
    return taken{.time_ns = 1e6 * std::exp(share * normal(random)), .seconds = 1};
  };
}

TEST(agenda, without_a_budget_every_block_has_every_cell_and_the_second_of_each_pair) {
  agenda a{two_groups, {.samples = 4}, 7};
  const auto all = play(a, calm_and_wild(0.5));
  ASSERT_EQ(all.size(), 4 * 7U);  // one family, so one pair
  for (int block = 0; block < 4; ++block) {
    std::multiset<std::size_t> cells;
    int again = 0;
    for (int i = 0; i < 7; ++i) {
      const auto& each = all[static_cast<std::size_t>(7 * block + i)];
      EXPECT_EQ(each.sample, block);
      again += each.again;
      cells.insert(each.cell);
    }
    EXPECT_EQ(again, 1);
    EXPECT_EQ(cells.count(a.pairs().front()), 2U);
    EXPECT_EQ(std::set(cells.begin(), cells.end()).size(), 6U);
  }
}

TEST(agenda, a_pair_is_drawn_in_each_family_and_not_among_baselines) {
  auto cells = two_groups;
  cells.push_back(make_cell("io/echo", "floor", 1, 1));
  cells.push_back(make_cell("io/echo", "fibers", 2, 1));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const agenda a{cells, {.samples = 1}, seed};
    ASSERT_EQ(a.pairs().size(), 2U);
    EXPECT_NE(cells[a.pairs()[0]].model, "serial");
    EXPECT_EQ(a.pairs()[1], 7U);
  }
}

TEST(agenda, spends_a_budget_on_what_is_not_precise_and_never_beyond_it) {
  agenda a{two_groups, {.samples = 5, .budget_s = 200, .precision = 0.02}, 3};
  std::map<std::size_t, int> samples;
  for (const auto& each : play(a, calm_and_wild(0.2))) samples[each.cell] += !each.again;
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(samples[i], 7);  // narrow at the fifth, and two more
  for (std::size_t i = 3; i < 6; ++i) EXPECT_GT(samples[i], 30);
  EXPECT_LE(a.seconds_spent(), 200);
  EXPECT_EQ(a.groups(), 2U);
  EXPECT_EQ(a.precise_groups(), 1U);
}

TEST(agenda, ends_early_when_all_are_precise) {
  agenda a{two_groups, {.samples = 5, .budget_s = 10'000, .precision = 0.02}, 3};
  play(a, calm_and_wild(0.05));
  EXPECT_LT(a.seconds_spent(), 1'000);
  EXPECT_EQ(a.precise_groups(), 2U);
}

TEST(agenda, samples_a_group_as_a_whole_so_that_ratios_stay_paired) {
  agenda a{two_groups, {.samples = 5, .budget_s = 150, .precision = 0.02}, 3};
  const auto wild_model = [normal = std::normal_distribution<double>{},
                           random = std::mt19937_64{5}](const planned& which) mutable {
    return taken{.time_ns = 1e6 * std::exp((which.cell == 4 ? 0.3 : 0.0001) * normal(random)),
                 .seconds = 1};
  };
  std::map<int, std::set<std::size_t>> blocks;
  for (const auto& each : play(a, wild_model)) blocks[each.sample].insert(each.cell);
  ASSERT_GT(blocks.size(), 20U);
  blocks.erase(std::prev(blocks.end()));  // where the budget ended
  for (const auto& [block, cells] : blocks)
    EXPECT_EQ(cells.contains(4), cells.contains(3)) << block;
  for (const auto& [block, cells] : blocks)
    EXPECT_EQ(cells.contains(4), cells.contains(5)) << block;
}

// Two seconds for each sample of the wild group, one for the calm one's: a block takes 9 s, and 1
// or 2 for the pair.
taken slow_wild(const planned& which) {
  return {.time_ns = 1e6, .seconds = which.cell < 3 ? 1.0 : 2.0};
}

TEST(agenda, says_early_what_the_least_samples_take_and_at_the_end_what_lacks) {
  agenda a{two_groups, {.samples = 5, .budget_s = 35}, 3};
  EXPECT_FALSE(a.needed_s());
  EXPECT_EQ(a.lacks().unmeasured, 6U);
  play(a, slow_wild, 7);
  EXPECT_NEAR(*a.needed_s(), 5 * 10.5, 3);  // means of slots, the pair's among them
  std::map<std::size_t, int> samples;
  for (const auto& each : play(a, slow_wild)) samples[each.cell] += !each.again;
  for (const auto cell : {1U, 2U}) EXPECT_EQ(samples[cell], samples[0]);
  for (const auto cell : {4U, 5U}) EXPECT_EQ(samples[cell], samples[3]);
  EXPECT_GE(samples[0], samples[3]);  // the last block had no room for the wild group
  EXPECT_LE(a.seconds_spent(), 35);
  EXPECT_GT(a.seconds_spent(), 25);
  EXPECT_EQ(a.lacks().unmeasured, 0U);
  EXPECT_GE(a.lacks().short_of_samples, 3U);
  agenda tiny{two_groups, {.samples = 5, .budget_s = 3}, 3};
  EXPECT_LE(play(tiny, slow_wild).size(), 3U);
  EXPECT_GE(tiny.lacks().unmeasured, 3U);
}

TEST(agenda, bounds_a_sample_by_what_is_left_and_by_what_such_a_sample_took) {
  agenda a{two_groups, {.samples = 5, .budget_s = 60}, 3};
  EXPECT_EQ(a.bound_s(0), 60);
  double spent_s = 0;
  for (const auto& each : play(
           a,
           [](const planned& which) {
             return taken{
                 .time_ns = 1e6, .seconds = which.cell == 5 ? 3.0 : 1.0, .observing_s = 0.5};
           },
           7))
    spent_s += each.cell == 5 ? 3.5 : 1.5;
  EXPECT_DOUBLE_EQ(a.bound_s(5), 60 - spent_s + 3);
  EXPECT_DOUBLE_EQ(a.bound_s(0), 60 - spent_s + 1);
}

TEST(agenda, does_not_care_who_is_ahead) {
  const auto plan_of = [](double factor_of_first, double factor_of_second) {
    agenda a{two_groups, {.samples = 5, .budget_s = 150, .precision = 0.02}, 3};
    auto times = calm_and_wild(0.1, 9);
    std::vector<std::pair<std::size_t, int>> order;
    for (const auto& each : play(a, [&](const planned& which) {
           auto t = times(which);
           if (which.cell == 4) t.time_ns *= factor_of_first;
           if (which.cell == 5) t.time_ns *= factor_of_second;
           return t;
         }))
      order.emplace_back(each.cell, each.sample);
    return order;
  };
  EXPECT_EQ(plan_of(1, 3), plan_of(3, 1));
}

TEST(agenda, repeats_a_disturbed_sample_in_its_block_and_only_once) {
  agenda a{two_groups, {.samples = 5, .budget_s = 1'000, .precision = 0.5}, 3};
  const auto all = play(a, [](const planned& which) {
    return taken{.time_ns = 1e6, .seconds = 1, .disturbed = which.cell == 1 && which.sample == 2};
  });
  std::vector<planned> reruns;
  for (const auto& each : all)
    if (each.rerun && !each.again) reruns.push_back(each);
  ASSERT_EQ(reruns.size(), 1U);
  EXPECT_EQ(reruns[0].cell, 1U);
  EXPECT_EQ(reruns[0].sample, 2);
  agenda without{two_groups, {.samples = 5}, 3};
  EXPECT_EQ(play(without, [](const planned&) { return taken{1e6, 1, false, true}; }).size(), 35U);
}

TEST(agenda, leaves_a_cell_that_is_invalid_and_goes_on_with_its_group) {
  agenda a{two_groups, {.samples = 5, .budget_s = 100, .precision = 0.001}, 3};
  std::map<std::size_t, int> samples;
  for (const auto& each : play(a, [&, times = calm_and_wild(0.1)](const planned& which) mutable {
         auto t = times(which);
         t.invalid = which.cell == 4;
         return t;
       }))
    ++samples[each.cell];
  EXPECT_LE(samples[4], 2);
  EXPECT_GT(samples[5], 10);
}

TEST(agenda, goes_on_after_a_resume_as_it_would_have) {
  const amount some{.samples = 5, .budget_s = 60, .precision = 0.02};
  agenda whole{two_groups, some, 3}, resumed{two_groups, some, 3};
  std::map<std::pair<std::size_t, int>, taken> first;
  auto times = calm_and_wild(0.1);
  const auto all = play(whole, times);
  auto same = calm_and_wild(0.1);
  const auto begun = play(resumed, same, 20), rest = play(resumed, same);
  ASSERT_EQ(begun.size() + rest.size(), all.size());
  EXPECT_EQ(rest.back().cell, all.back().cell);
}

// To stop when an interval is narrow makes narrow intervals likelier to be kept than wide ones. How
// much that costs: the share of intervals that hold the true median, stopped by width.
TEST(agenda, intervals_that_were_stopped_at_a_width_still_hold_the_median) {
  for (const auto& [samples, least] : {std::pair{5, 0.87}, {10, 0.87}, {20, 0.89}})
    for (const double spread : {0.02, 0.05}) {
      int held = 0, all = 0;
      std::size_t taken_in_all = 0;
      for (std::uint64_t run = 0; run < 400; ++run) {
        agenda a{{make_cell("cpu/x", "fibers")},
                 {.samples = samples, .budget_s = 1e5, .precision = 0.02},
                 run};
        std::mt19937_64 random{run};
        std::normal_distribution<double> normal;
        std::vector<double> times;
        play(a, [&](const planned& which) {
          const double time = std::exp(spread * normal(random));
          if (!which.again) times.push_back(time);
          return taken{.time_ns = time, .seconds = 1};
        });
        held += reports::median_estimate(times).range->contains(1);
        taken_in_all += times.size();
        ++all;
      }
      const double share = held / static_cast<double>(all);
      std::printf("from %d samples, spread %.0f %%: %.1f samples a cell, %.1f %% hold it\n",
                  samples, 100 * spread, taken_in_all / static_cast<double>(all), 100 * share);
      EXPECT_GT(share, least);
    }
}

}  // namespace
