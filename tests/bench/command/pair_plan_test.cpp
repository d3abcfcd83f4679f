#include "bench/command/gate/pair_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace {

using command::half;
using command::plan_pairs;

std::string sides(const std::vector<half>& plan, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < from + 4; ++i) out += plan[i].head ? 'B' : 'A';
  return out;
}

TEST(pair_plan, a_cell_is_measured_as_abba_or_baab_in_every_block) {
  const auto plan = plan_pairs(5, 20, 7);
  ASSERT_EQ(plan.size(), 200u);
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < plan.size(); i += 4) {
    ++seen[sides(plan, i)];
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_EQ(plan[i + k].cell, plan[i].cell);
      EXPECT_EQ(plan[i + k].pair, plan[i].pair + static_cast<int>(k / 2));
    }
  }
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_GT(seen["ABBA"], 10);
  EXPECT_GT(seen["BAAB"], 10);
}

TEST(pair_plan, a_block_holds_every_cell_in_an_order_of_its_own) {
  const auto plan = plan_pairs(6, 8, 1);
  std::set<std::vector<std::size_t>> orders;
  for (std::size_t block = 0; block < 4; ++block) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < 24; i += 4) order.push_back(plan[24 * block + i].cell);
    orders.insert(order);
    std::ranges::sort(order);
    EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5}));
  }
  EXPECT_GT(orders.size(), 1u);
}

TEST(pair_plan, an_odd_number_of_pairs_ends_with_one_pair) {
  const auto plan = plan_pairs(1, 3, 5);
  ASSERT_EQ(plan.size(), 6u);
  EXPECT_EQ(plan[5].pair, 2);
  EXPECT_NE(plan[4].head, plan[5].head);
}

TEST(pair_plan, a_longer_plan_begins_like_a_shorter_one) {
  const auto shorter = plan_pairs(3, 6, 9), longer = plan_pairs(3, 30, 9);
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    EXPECT_EQ(shorter[i].cell, longer[i].cell);
    EXPECT_EQ(shorter[i].head, longer[i].head);
  }
}

TEST(pair_plan, a_budget_is_filled_by_what_samples_take_and_a_stall_counts_once) {
  using command::pairs_that_fit;
  const std::vector<double> steady{0.1, 0.1, 0.1, 0.1}, stalled{9.0, 0.1, 0.1, 0.1};
  EXPECT_EQ(pairs_that_fit({steady, steady}, 4.01, 5, 30), 10);
  EXPECT_EQ(pairs_that_fit({stalled, steady}, 4.01, 5, 30), 10);
  EXPECT_EQ(pairs_that_fit({steady}, 1000, 5, 30), 30);
  EXPECT_EQ(pairs_that_fit({steady}, -1, 5, 30), 5);
  EXPECT_EQ(pairs_that_fit({steady}, -1, 5, 4), 4);
}

}  // namespace
