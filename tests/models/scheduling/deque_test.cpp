#include "models/support/scheduling/deque.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace {

using models::support::deque;

void* item(std::uintptr_t n) { return reinterpret_cast<void*>(n); }

TEST(deque, gives_the_owner_the_newest_and_a_thief_the_oldest) {
  deque d;
  for (std::uintptr_t i = 1; i <= 3; ++i) d.push(item(i));
  EXPECT_EQ(d.steal(), item(1));
  EXPECT_EQ(d.pop(), item(3));
  EXPECT_EQ(d.pop(), item(2));
  EXPECT_EQ(d.pop(), nullptr);
  EXPECT_EQ(d.steal(), nullptr);
  EXPECT_TRUE(d.empty());
}

TEST(deque, is_usable_after_it_was_found_empty) {
  deque d;
  for (std::uintptr_t i = 1; i <= 100; ++i) {
    EXPECT_EQ(d.pop(), nullptr);
    d.push(item(i));
    EXPECT_EQ(i % 2 == 0 ? d.pop() : d.steal(), item(i));
  }
}

TEST(deque, does_the_same_alone_as_among_thieves) {
  deque alone{2}, shared{2};
  std::mt19937 random{7};
  for (std::uintptr_t i = 1; i <= 100'000; ++i) {
    switch (random() % 5) {
      case 0:
        EXPECT_EQ(alone.steal_alone(), shared.steal());
        break;
      case 1:
        EXPECT_EQ(alone.pop_alone(), shared.pop());
        break;
      default:
        alone.push_alone(item(i));
        shared.push(item(i));
    }
    ASSERT_EQ(alone.size(), shared.size());
  }
  while (void* const expected = shared.pop()) EXPECT_EQ(alone.pop_alone(), expected);
  EXPECT_EQ(alone.pop_alone(), nullptr);
  EXPECT_EQ(alone.steal_alone(), nullptr);
}

TEST(deque, keeps_its_items_when_it_grows_after_steals) {
  deque d{4};
  std::uintptr_t pushed = 0, stolen = 0;
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 3; ++i) d.push(item(++pushed));
    EXPECT_EQ(d.steal(), item(++stolen));
  }
  for (auto expected = pushed; expected > stolen; --expected) EXPECT_EQ(d.pop(), item(expected));
  EXPECT_EQ(d.pop(), nullptr);
}

// Each item is taken exactly once, whoever takes it, while the deque grows and runs empty.
TEST(deque, gives_every_item_to_exactly_one_taker) {
  constexpr std::uintptr_t items = 200'000;
  constexpr int thieves = 3;
  for (int round = 0; round < 5; ++round) {
    deque d{2};
    std::vector<std::atomic<int>> taken(items + 1);
    std::atomic<std::uintptr_t> left = items;
    const auto take = [&](void* what) {
      if (what == nullptr) return;
      taken[reinterpret_cast<std::uintptr_t>(what)].fetch_add(1);
      left.fetch_sub(1);
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < thieves; ++i)
      threads.emplace_back([&] {
        while (left.load() > 0) take(d.steal());
      });
    for (std::uintptr_t i = 1; i <= items; ++i) {
      d.push(item(i));
      if (i % 3 == 0) take(d.pop());
    }
    while (left.load() > 0) take(d.pop());
    threads.clear();
    for (std::uintptr_t i = 1; i <= items; ++i) ASSERT_EQ(taken[i].load(), 1) << i;
  }
}

// What the owner wrote before a push is there for who takes the item. Nothing else orders the two:
// the thread sanitizer sees it where an order in the deque is too weak.
TEST(deque, hands_over_what_was_written_before_the_push) {
  constexpr long items = 100'000;
  deque d{2};
  std::vector<long> written(items + 1);
  std::atomic<bool> done = false;
  std::array<long, 3> sums{};
  const auto take = [](void* what) {
    return what != nullptr ? std::exchange(*static_cast<long*>(what), 0) : 0;
  };
  std::vector<std::jthread> thieves;
  for (auto& sum : sums)
    thieves.emplace_back([&] {
      while (!done.load(std::memory_order_relaxed)) sum += take(d.steal());
    });
  long own = 0;
  for (long i = 1; i <= items; ++i) {
    written[static_cast<std::size_t>(i)] = i;
    d.push(&written[static_cast<std::size_t>(i)]);
    if (i % 3 == 0) own += take(d.pop());
  }
  while (void* const last = d.pop()) own += take(last);
  done.store(true, std::memory_order_relaxed);
  thieves.clear();
  EXPECT_EQ(own + sums[0] + sums[1] + sums[2], items * (items + 1) / 2);
}

}  // namespace
