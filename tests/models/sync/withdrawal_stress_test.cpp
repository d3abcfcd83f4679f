// Waits of real threads, withdrawn at random while others serve them: nothing is lost, nobody
// sleeps for ever.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "models/support/sync/sync.hpp"
#include "models/support/threads/thread_wait.hpp"
#include "tests/shared/seed.hpp"
#include "tests/shared/withdrawal.hpp"

namespace {

using namespace models::support;
using condition_of_tasks = condition<parking_mutex>;

// Threads that wait, and one more that withdraws their waits until all of them have finished.
class threads_and_a_nuisance {
 public:
  explicit threads_and_a_nuisance(unsigned seed) : seed_{seed} {}

  void add(std::function<void(withdrawal&, std::minstd_rand&)> body) {
    bodies_.push_back(std::move(body));
  }
  void run() {
    std::deque<withdrawal> waits(bodies_.size());
    std::atomic<std::size_t> busy = bodies_.size();
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < bodies_.size(); ++i)
      threads.emplace_back([&, i] {
        std::minstd_rand random{seed_ + static_cast<unsigned>(i)};
        bodies_[i](waits[i], random);
        --busy;
      });
    std::minstd_rand random{seed_};
    while (busy != 0) {
      waits[random() % waits.size()].withdraw();
      if (random() % 8 == 0) std::this_thread::yield();
    }
  }

 private:
  unsigned seed_;
  std::vector<std::function<void(withdrawal&, std::minstd_rand&)>> bodies_;
};

void maybe_yield(std::minstd_rand& random) {
  if (random() % 4 == 0) std::this_thread::yield();
}

class withdrawn_at_random : public testing::Test {
 protected:
  const unsigned seed_ = new_seed();
  testing::ScopedTrace trace_{__FILE__, __LINE__, replay(seed_)};
  threads_and_a_nuisance crowd_{seed_};
};

TEST_F(withdrawn_at_random, channel_waits_neither_lose_nor_double_an_item) {
  constexpr long each = 3'000, sides = 2, all = each * sides;
  channel<long> c{2};
  std::atomic<long> sum = 0, received = 0;
  for (long side = 0; side < sides; ++side) {
    crowd_.add([&, side](withdrawal& w, std::minstd_rand&) {
      for (long i = 0; i < each; ++i)
        for (bool sent = false; !sent;) {
          auto op = c.send(side * each + i);
          sent = w.wait(op);
        }
    });
    crowd_.add([&](withdrawal& w, std::minstd_rand& random) {
      for (long got = 0; got < each;) {
        auto op = c.receive();
        if (!w.wait(op)) continue;
        sum += op.result();
        ++received;
        ++got;
        maybe_yield(random);
      }
    });
  }
  crowd_.run();
  EXPECT_EQ(received, all);
  EXPECT_EQ(sum, all * (all - 1) / 2);
}

TEST_F(withdrawn_at_random, mutex_waits_leave_one_holder_at_most_and_the_mutex_free) {
  constexpr long each = 2'000, tasks = 3;
  parking_mutex m;
  long counter = 0;
  for (long task = 0; task < tasks; ++task)
    crowd_.add([&](withdrawal& w, std::minstd_rand& random) {
      for (long got = 0; got < each;) {
        auto op = m.lock();
        if (!w.wait(op)) continue;
        ++counter;
        ++got;
        maybe_yield(random);
        m.unlock();
      }
    });
  crowd_.run();
  EXPECT_EQ(counter, each * tasks);
  EXPECT_TRUE(m.lock().ready());
}

TEST_F(withdrawn_at_random, semaphore_waits_lose_no_permit) {
  constexpr long each = 2'000, tasks = 4;
  constexpr std::size_t permits = 2;
  semaphore s{permits, permits};
  std::atomic<long> inside = 0, most = 0;
  for (long task = 0; task < tasks; ++task)
    crowd_.add([&](withdrawal& w, std::minstd_rand& random) {
      for (long got = 0; got < each;) {
        auto op = s.acquire();
        if (!w.wait(op)) continue;
        const long now = ++inside;
        if (now > most) most = now;
        ++got;
        maybe_yield(random);
        --inside;
        s.release();
      }
    });
  crowd_.run();
  EXPECT_LE(most, static_cast<long>(permits));
  for (std::size_t i = 0; i < permits; ++i) EXPECT_TRUE(s.acquire().ready()) << "permit " << i;
  EXPECT_FALSE(s.acquire().ready());
}

TEST_F(withdrawn_at_random, event_waits_still_end_when_the_event_is_set) {
  constexpr int rounds = 500, tasks = 3;
  event go, everybody_through;
  std::atomic<int> through = 0, ended = 0;
  for (int task = 0; task < tasks; ++task)
    crowd_.add([&](withdrawal& w, std::minstd_rand&) {
      for (int round = 0; round < rounds; ++round) {
        for (bool woken = false; !woken;) {
          auto op = go.wait();
          woken = w.wait(op);
        }
        if (++through % tasks == 0) everybody_through.set();
        while (ended <= round) std::this_thread::yield();
      }
    });
  crowd_.add([&](withdrawal& w, std::minstd_rand& random) {
    for (int round = 0; round < rounds; ++round) {
      maybe_yield(random);
      go.set();
      for (bool done = false; !done;) {
        auto op = everybody_through.wait();
        done = w.wait(op);
      }
      everybody_through.clear();
      go.clear();
      ++ended;
    }
  });
  crowd_.run();
  EXPECT_EQ(through, rounds * tasks);
}

TEST_F(withdrawn_at_random, condition_waits_lose_no_notification_and_always_hold_the_mutex_after) {
  constexpr long each = 2'000, pairs = 2;
  parking_mutex m;
  condition_of_tasks not_empty;
  long items = 0, taken = 0, holders = 0, withdrawn = 0;
  const auto lock = [&](withdrawal& w) {
    for (bool held = false; !held;) {
      auto op = m.lock();
      held = w.wait(op);
    }
    EXPECT_EQ(++holders, 1);
  };
  const auto unlock = [&] {
    --holders;
    m.unlock();
  };
  for (long pair = 0; pair < pairs; ++pair) {
    crowd_.add([&](withdrawal& w, std::minstd_rand& random) {
      for (long i = 0; i < each; ++i) {
        lock(w);
        ++items;
        unlock();
        not_empty.notify_one();  // one item, one wake-up: none may go astray
        maybe_yield(random);
      }
    });
    crowd_.add([&](withdrawal& w, std::minstd_rand&) {
      for (long i = 0; i < each; ++i) {
        lock(w);
        while (items == 0) {
          --holders;
          auto op = not_empty.wait(m);
          if (!w.wait(op)) ++withdrawn;
          op.result();
          EXPECT_EQ(++holders, 1);
        }
        --items;
        ++taken;
        unlock();
      }
    });
  }
  crowd_.run();
  EXPECT_EQ(taken, each * pairs);
  EXPECT_EQ(items, 0);
  EXPECT_TRUE(m.lock().ready());
  RecordProperty("withdrawn", std::to_string(withdrawn));
}

TEST_F(withdrawn_at_random, barrier_waits_count_only_those_who_stayed) {
  constexpr int rounds = 1'000, parties = 3;
  barrier b{parties};
  std::atomic<long> arrived = 0, last = 0, wrong = 0;
  for (int party = 0; party < parties; ++party)
    crowd_.add([&](withdrawal& w, std::minstd_rand& random) {
      for (int round = 0; round < rounds; ++round) {
        ++arrived;
        for (;;) {
          auto op = b.arrive_and_wait();
          if (!w.wait(op)) continue;
          if (op.result()) ++last;
          break;
        }
        if (arrived < long{round + 1} * parties) ++wrong;
        maybe_yield(random);
      }
    });
  crowd_.run();
  EXPECT_EQ(last, rounds);
  EXPECT_EQ(wrong, 0);
}

TEST(a_condition_wait_of_a_thread, holds_the_mutex_again_when_its_scope_was_cancelled) {
  for (int round = 0; round < 20; ++round) {
    blocking_mutex m;
    condition<blocking_mutex> c;
    cancel_scope scope;
    ASSERT_TRUE(m.lock().ready());
    std::jthread canceller{[&] {
      m.lock().ready();  // which it can when the other has begun to wait
      scope.cancel();
      m.unlock();
    }};
    auto op = c.wait(m);
    EXPECT_FALSE(block_thread_in(scope, op));
    canceller.join();
    std::atomic<bool> taken = false;
    std::jthread other{[&] {
      m.lock().ready();
      taken = true;
      m.unlock();
    }};
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
    EXPECT_FALSE(taken);
    m.unlock();
  }
}

}  // namespace
