// What condition variables promise, alone and under each model whose tasks may wait.

#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <deque>
#include <numeric>
#include <vector>

#include "tests/shared/model_suites.hpp"
#include "tests/shared/seed.hpp"

namespace {

using models::support::parking_mutex;
using condition = models::support::condition<parking_mutex>;

static_assert(bench::cancellable<condition::wait_operation>);

// Somebody holds `m` and waits.
void hold_and_wait(parking_mutex& m, condition::wait_operation& op, sleeper& s) {
  ASSERT_TRUE(m.lock().ready());
  ASSERT_TRUE(parks(op, s));
}

TEST(a_condition, lets_the_mutex_go_while_it_is_waited_for) {
  parking_mutex m;
  condition c;
  sleeper s;
  auto op = c.wait(m);
  hold_and_wait(m, op, s);
  EXPECT_TRUE(m.lock().ready());
}

TEST(a_condition, forgets_a_notification_that_nobody_waits_for) {
  parking_mutex m;
  condition c;
  sleeper s;
  c.notify_one();
  c.notify_all();
  auto op = c.wait(m);
  hold_and_wait(m, op, s);
  EXPECT_EQ(s.woken, 0);
  c.notify_one();
  EXPECT_EQ(s.woken, 1);
}

TEST(a_condition, wakes_nobody_before_the_mutex_is_free) {
  parking_mutex m;
  condition c;
  sleeper s;
  auto op = c.wait(m);
  hold_and_wait(m, op, s);
  ASSERT_TRUE(m.lock().ready());
  c.notify_one();
  EXPECT_EQ(s.woken, 0);
  m.unlock();
  EXPECT_EQ(s.woken, 1);
  EXPECT_FALSE(m.lock().ready()) << "the woken one holds it";
  op.result();
  m.unlock();
  EXPECT_TRUE(m.lock().ready());
}

TEST(a_condition, notifies_in_the_order_of_waiting_and_hands_the_mutex_from_one_to_the_next) {
  parking_mutex m;
  condition c;
  std::vector<sleeper> sleepers(4);
  std::deque<condition::wait_operation> waits;
  for (auto& s : sleepers) hold_and_wait(m, waits.emplace_back(c.wait(m)), s);
  c.notify_one();
  EXPECT_EQ(sleepers[0].woken, 1);
  c.notify_all();
  for (int i = 1; i < 4; ++i) {
    EXPECT_EQ(sleepers[i].woken, 0) << "the mutex is not its yet: " << i;
    m.unlock();
    EXPECT_EQ(sleepers[i].woken, 1) << i;
  }
}

TEST(a_withdrawn_condition_wait, takes_its_mutex_back_first) {
  parking_mutex m;
  condition c;
  sleeper s;
  auto op = c.wait(m);
  hold_and_wait(m, op, s);
  ASSERT_TRUE(m.lock().ready());
  EXPECT_FALSE(op.cancel()) << "it wakes by itself";
  EXPECT_EQ(s.woken, 0) << "somebody else holds the mutex";
  m.unlock();
  EXPECT_EQ(s.woken, 1);
  EXPECT_TRUE(op.withdrawn());
  EXPECT_FALSE(m.lock().ready()) << "it holds the mutex";
}

TEST(a_withdrawn_condition_wait, leaves_the_notification_to_the_next) {
  parking_mutex m;
  condition c;
  std::vector<sleeper> sleepers(2);
  std::deque<condition::wait_operation> waits;
  for (auto& s : sleepers) hold_and_wait(m, waits.emplace_back(c.wait(m)), s);
  EXPECT_FALSE(waits[0].cancel());
  EXPECT_EQ(sleepers[0].woken, 1) << "the mutex was free";
  m.unlock();
  c.notify_one();
  EXPECT_EQ(sleepers[1].woken, 1);
  EXPECT_FALSE(waits[1].withdrawn());
}

TEST(a_notified_condition_wait, cannot_be_withdrawn_any_more) {
  parking_mutex m;
  condition c;
  sleeper s;
  auto op = c.wait(m);
  hold_and_wait(m, op, s);
  ASSERT_TRUE(m.lock().ready());
  c.notify_one();
  EXPECT_FALSE(op.cancel()) << "it stands in the mutex's line";
  m.unlock();
  EXPECT_EQ(s.woken, 1);
  EXPECT_FALSE(op.withdrawn());
}

template <class M>
class every_model_that_waits : public testing::Test {};
TYPED_TEST_SUITE(every_model_that_waits, models_that_wait, model_names);

// A bounded buffer as the textbooks have it: one mutex, two conditions.
struct bounded_buffer {
  static constexpr long capacity = 3, pairs = 3;
  template <class M>
  struct buffer {
    bench::mutex<M> lock;
    bench::condition<M> not_full, not_empty;
    long items[capacity] = {};
    long put = 0, got = 0;
  };

  struct direct {
    template <class M>
    static void produce(M&, buffer<M>* b, long first, long count, unsigned seed) {
      std::minstd_rand random{seed};
      for (long i = 0; i < count; ++i) {
        M::wait(sometimes_a_turn{random});
        b->lock.lock();
        while (b->put - b->got == capacity) b->not_full.wait(b->lock);
        b->items[b->put++ % capacity] = first + i;
        b->lock.unlock();
        b->not_empty.notify_one();
      }
    }
    template <class M>
    static long consume(M&, buffer<M>* b, long count, unsigned seed) {
      std::minstd_rand random{seed};
      long sum = 0;
      for (long i = 0; i < count; ++i) {
        b->lock.lock();
        while (b->put == b->got) b->not_empty.wait(b->lock);
        M::wait(sometimes_a_turn{random});
        sum += b->items[b->got++ % capacity];
        b->not_full.notify_one();
        b->lock.unlock();
      }
      return sum;
    }
    template <class M>
    static long run(M& m, const long& count, const unsigned& seed) {
      const auto b = bench::make<buffer<M>>(m);
      std::array<long, pairs> sums;
      auto group = m.group();
      for (unsigned i = 0; i < pairs; ++i) {
        group.spawn(&sums[i], bench::fn<consume<M>>, b.get(), count, seed + i);
        group.spawn(bench::fn<produce<M>>, b.get(), i * count, count, seed - i);
      }
      group.join();
      return std::accumulate(sums.begin(), sums.end(), 0L);
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> produce(M&, buffer<M>* b, long first, long count,
                                           unsigned seed) {
      std::minstd_rand random{seed};
      for (long i = 0; i < count; ++i) {
        co_await M::wait(sometimes_a_turn{random});
        co_await b->lock.lock();
        while (b->put - b->got == capacity) co_await b->not_full.wait(b->lock);
        b->items[b->put++ % capacity] = first + i;
        b->lock.unlock();
        b->not_empty.notify_one();
      }
    }
    template <class M>
    static bench::task_of<M, long> consume(M&, buffer<M>* b, long count, unsigned seed) {
      std::minstd_rand random{seed};
      long sum = 0;
      for (long i = 0; i < count; ++i) {
        co_await b->lock.lock();
        while (b->put == b->got) co_await b->not_empty.wait(b->lock);
        co_await M::wait(sometimes_a_turn{random});
        sum += b->items[b->got++ % capacity];
        b->not_full.notify_one();
        b->lock.unlock();
      }
      co_return sum;
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, const long& count, const unsigned& seed) {
      const auto b = bench::make<buffer<M>>(m);
      std::array<long, pairs> sums;
      auto group = m.group();
      for (unsigned i = 0; i < pairs; ++i) {
        group.spawn(&sums[i], bench::fn<consume<M>>, b.get(), count, seed + i);
        group.spawn(bench::fn<produce<M>>, b.get(), i * count, count, seed - i);
      }
      co_await group.join();
      co_return std::accumulate(sums.begin(), sums.end(), 0L);
    }
  };
};

TYPED_TEST(every_model_that_waits, fills_and_drains_a_buffer_by_two_conditions) {
  const unsigned seed = new_seed();
  SCOPED_TRACE(replay(seed));
  constexpr long count = 300, all = count * bounded_buffer::pairs;
  for (const int workers : {1, 2, 4}) {
    TypeParam m{with_workers(workers)};
    EXPECT_EQ(run_on<bounded_buffer>(m, count, seed), all * (all - 1) / 2);
  }
}

using models::processes;

struct guarded {
  bench::mutex<processes> lock;
  bench::condition<processes> changed;
  bool waiting = false;
};

long waits(processes&, guarded* g) {
  g->lock.lock();
  g->waiting = true;
  try {
    g->changed.wait(g->lock);
  } catch (const models::support::process_died&) {
    g->lock.lock();  // as always after that error: it can be had again
    g->lock.unlock();
    return 1;
  }
  g->lock.unlock();
  return 0;
}

void dies_with_the_lock(processes&, guarded* g) {
  for (bool waiting = false; !waiting;) {
    g->lock.lock();
    waiting = g->waiting;
    if (!waiting) g->lock.unlock();
  }
  g->changed.notify_one();
  ::raise(SIGKILL);
}

TEST(a_condition_of_processes, tells_its_waiter_of_a_death_that_left_the_mutex_held) {
  processes m{with_workers(2)};
  const auto g = bench::make<guarded>(m);
  long told = -1;
  auto group = m.group();
  group.spawn(&told, bench::fn<waits>, g.get());
  group.spawn(bench::fn<dies_with_the_lock>, g.get());
  EXPECT_THROW(group.join(), models::support::process_died);
  EXPECT_EQ(told, 1);
}

}  // namespace
