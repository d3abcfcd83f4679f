// A wait that is withdrawn loses nothing: no item, no permit, no wake-up.

#include "withdrawal.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "models/support/sync.hpp"

namespace {

using models::support::channel;
using models::support::parking_mutex;

static_assert(bench::cancellable<channel<int>::send_operation>);
static_assert(bench::cancellable<channel<int>::receive_operation>);
static_assert(bench::cancellable<parking_mutex::lock_operation>);

// A task that waits, and knows whether it was woken.
struct sleeper : bench::waiter {
  sleeper() : waiter{[](bench::waiter& w) noexcept { ++static_cast<sleeper&>(w).woken; }} {}
  int woken = 0;
};

template <class Op>
bool parks(Op& op, sleeper& s) {
  return !op.ready() && op.park(s);
}

TEST(a_withdrawn_receive, does_not_take_the_item_that_comes_after_it) {
  channel<int> c{4};
  sleeper first, second;
  auto gone = c.receive(), waits = c.receive();
  ASSERT_TRUE(parks(gone, first));
  ASSERT_TRUE(parks(waits, second));
  EXPECT_TRUE(gone.cancel());
  EXPECT_FALSE(gone.cancel()) << "it is out already";
  EXPECT_TRUE(c.send(7).ready());
  EXPECT_EQ(first.woken, 0);
  EXPECT_EQ(second.woken, 1);
  EXPECT_EQ(waits.result(), 7);
}

TEST(a_withdrawn_receive, leaves_the_item_in_the_channel_when_nobody_else_waits) {
  channel<int> c{4};
  sleeper s;
  auto gone = c.receive();
  ASSERT_TRUE(parks(gone, s));
  EXPECT_TRUE(gone.cancel());
  EXPECT_TRUE(c.send(7).ready());
  auto next = c.receive();
  EXPECT_TRUE(next.ready());
  EXPECT_EQ(next.result(), 7);
}

TEST(a_receive, that_has_its_item_cannot_be_withdrawn) {
  channel<int> c{4};
  sleeper s;
  auto served = c.receive();
  ASSERT_TRUE(parks(served, s));
  EXPECT_TRUE(c.send(7).ready());
  EXPECT_FALSE(served.cancel());
  EXPECT_EQ(s.woken, 1);
  EXPECT_EQ(served.result(), 7);
}

TEST(a_withdrawn_send, never_delivers_and_lets_the_next_sender_in) {
  channel<int> c{1};
  sleeper first, second;
  ASSERT_TRUE(c.send(1).ready());
  auto gone = c.send(2), waits = c.send(3);
  ASSERT_TRUE(parks(gone, first));
  ASSERT_TRUE(parks(waits, second));
  EXPECT_TRUE(gone.cancel());
  for (const int expected : {1, 3}) {
    auto r = c.receive();
    ASSERT_TRUE(r.ready());
    EXPECT_EQ(r.result(), expected);
  }
  EXPECT_EQ(first.woken, 0);
  EXPECT_EQ(second.woken, 1);
}

TEST(a_withdrawn_lock, is_passed_over_whether_it_stood_first_in_the_middle_or_last) {
  for (int which = 0; which < 3; ++which) {
    parking_mutex m;
    ASSERT_TRUE(m.lock().ready());
    std::deque<parking_mutex::lock_operation> waits;
    std::vector<sleeper> sleepers(3);
    for (auto& s : sleepers) ASSERT_TRUE(parks(waits.emplace_back(m.lock()), s));
    EXPECT_TRUE(waits[which].cancel());
    for (int i = 0; i < 3; ++i) {
      if (i == which) continue;
      m.unlock();
      EXPECT_EQ(sleepers[i].woken, 1) << i << " without " << which;
    }
    EXPECT_EQ(sleepers[which].woken, 0);
    m.unlock();
    EXPECT_TRUE(m.lock().ready()) << "free again";
  }
}

TEST(a_withdrawn_lock, leaves_the_mutex_with_its_holder) {
  parking_mutex m;
  sleeper s;
  ASSERT_TRUE(m.lock().ready());
  auto waits = m.lock();
  ASSERT_TRUE(parks(waits, s));
  EXPECT_TRUE(waits.cancel());
  EXPECT_FALSE(m.lock().ready());
  m.unlock();
  EXPECT_TRUE(m.lock().ready());
}

// Receivers and senders on real threads, and one that withdraws their waits as it pleases.
TEST(withdrawals, under_load_neither_lose_nor_double_an_item) {
  const auto seed = testing::UnitTest::GetInstance()->random_seed();
  const unsigned base = seed != 0 ? static_cast<unsigned>(seed) : std::random_device{}();
  SCOPED_TRACE("replay with --gtest_random_seed=" + std::to_string(base));
  constexpr int each = 2'000, sides = 2;
  channel<int> c{2};
  std::atomic<long> received = 0, sum = 0;
  std::atomic<int> busy = 2 * sides;
  std::deque<withdrawal> waits(2 * sides);
  {
    std::vector<std::jthread> threads;
    for (int side = 0; side < sides; ++side) {
      threads.emplace_back([&, side] {
        for (int i = 0; i < each; ++i) {
          for (bool sent = false; !sent;) {
            auto op = c.send(side * each + i);
            if ((sent = waits[side].wait(op))) op.result();
          }
        }
        --busy;
      });
      threads.emplace_back([&, side] {
        for (int got = 0; got < each;) {
          auto op = c.receive();
          if (!waits[sides + side].wait(op)) continue;
          sum += op.result();
          ++received;
          ++got;
        }
        --busy;
      });
    }
    threads.emplace_back([&] {
      std::mt19937 random{base};
      while (busy != 0) {
        waits[random() % waits.size()].withdraw();
        if (random() % 4 == 0) std::this_thread::yield();
      }
    });
  }
  constexpr long all = long{each} * sides;
  EXPECT_EQ(received, all);
  EXPECT_EQ(sum, all * (all - 1) / 2);
}

TEST(withdrawals, under_load_never_let_two_threads_hold_a_mutex_or_leave_it_held) {
  const unsigned base = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(base));
  constexpr int each = 2'000, tasks = 3;
  parking_mutex m;
  long counter = 0;
  std::atomic<int> busy = tasks;
  std::deque<withdrawal> waits(tasks);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < tasks; ++i)
      threads.emplace_back([&, i] {
        for (int got = 0; got < each;) {
          auto op = m.lock();
          if (!waits[i].wait(op)) continue;
          ++counter;
          if (++got % 8 == 0) std::this_thread::yield();
          m.unlock();
        }
        --busy;
      });
    threads.emplace_back([&] {
      std::mt19937 random{base};
      while (busy != 0) waits[random() % waits.size()].withdraw();
    });
  }
  EXPECT_EQ(counter, long{each} * tasks);
  EXPECT_TRUE(m.lock().ready());
}

}  // namespace
