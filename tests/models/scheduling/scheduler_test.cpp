#include "models/support/scheduling/scheduler.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

using models::support::ready_node;
using models::support::scheduler;
using models::support::worker;

bench::settings with_workers(int n, int spin = 0) {
  bench::settings s;
  s.workers = n;
  s.spin = spin;
  return s;
}

void count(worker&, void* item) { static_cast<std::atomic<int>*>(item)->fetch_add(1); }

TEST(scheduler, a_worker_takes_its_newest_item_first) {
  scheduler s{with_workers(1), &count};
  const scheduler::entry enter{s};
  int a = 0, b = 0;
  enter.self().push(&a);
  enter.self().push(&b);
  EXPECT_EQ(enter.self().find(), &b);
  EXPECT_EQ(enter.self().find(), &a);
  EXPECT_EQ(enter.self().find(), nullptr);
}

TEST(scheduler, what_is_ready_comes_in_order_and_after_what_is_new) {
  scheduler s{with_workers(1), &count};
  const scheduler::entry enter{s};
  int a = 0, b = 0, fresh = 0;
  ready_node first{nullptr, &a}, second{nullptr, &b};
  enter.self().ready(first);
  enter.self().post(second);
  enter.self().push(&fresh);
  EXPECT_EQ(enter.self().find(), &fresh);
  EXPECT_EQ(enter.self().find(), &a);
  EXPECT_EQ(enter.self().find(), &b);
}

TEST(scheduler, newcomers_do_not_starve_what_waits) {
  scheduler s{with_workers(1), &count};
  const scheduler::entry enter{s};
  int waits = 0, busy = 0;
  ready_node node{nullptr, &waits};
  enter.self().ready(node);
  bool had_its_turn = false;
  for (int i = 0; i < 1'000 && !had_its_turn; ++i) {
    enter.self().push(&busy);
    had_its_turn = enter.self().find() == &waits;
  }
  EXPECT_TRUE(had_its_turn);
}

TEST(scheduler, a_thread_outside_wakes_a_worker_that_sleeps) {
  for (int round = 0; round < 300; ++round) {
    scheduler s{with_workers(1), &count};
    const scheduler::entry enter{s};
    int item = 0;
    ready_node node{nullptr, &item};
    std::jthread outside{[&] { s[0].post(node); }};
    EXPECT_EQ(enter.self().next([] { return false; }), &item);
  }
}

TEST(scheduler, ends_a_wait_when_it_is_told_to_stop) {
  scheduler s{with_workers(2), &count};
  const scheduler::entry enter{s};
  std::atomic<bool> stop = false;
  std::jthread outside{[&] {
    stop = true;
    s[0].wake();
  }};
  EXPECT_EQ(enter.self().next([&] { return stop.load(); }), nullptr);
}

// A lost wake-up would leave an item in a deque while all workers but the pusher sleep: here the
// pusher does nothing but wait for the others.
TEST(scheduler, loses_no_wake_up_when_workers_go_to_sleep_and_work_arrives) {
  for (const int spin : {0, 10}) {
    scheduler s{with_workers(4, spin), &count};
    const scheduler::entry enter{s};
    std::atomic<int> done = 0;
    for (int round = 1; round <= 2'000; ++round) {
      enter.self().push(&done);
      while (done.load() < round) std::this_thread::yield();
    }
  }
}

TEST(scheduler, shares_the_work_of_one_worker_among_all) {
  scheduler s{with_workers(4), &count};
  const scheduler::entry enter{s};
  std::atomic<int> done = 0;
  for (int i = 0; i < 10'000; ++i) enter.self().push(&done);
  while (done.load() < 10'000) std::this_thread::yield();
}

TEST(scheduler, starts_and_ends_many_times) {
  for (int i = 0; i < 200; ++i) scheduler s{with_workers(1 + i % 4), &count};
}

}  // namespace
