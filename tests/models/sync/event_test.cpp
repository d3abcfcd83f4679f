// What events promise, alone and under each model whose tasks may wait.

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <numeric>
#include <vector>

#include "tests/shared/model_suites.hpp"

namespace {

using models::support::event;

static_assert(bench::cancellable<event::wait_operation>);

TEST(an_event, is_not_waited_for_once_it_is_set) {
  event e;
  EXPECT_FALSE(e.is_set());
  EXPECT_FALSE(e.wait().ready());
  e.set();
  e.set();
  EXPECT_TRUE(e.is_set());
  EXPECT_TRUE(e.wait().ready());
  e.clear();
  EXPECT_FALSE(e.wait().ready());
}

TEST(an_event, that_is_set_lets_all_go_on_in_their_order_once_each) {
  event e;
  std::vector<int> order;
  struct witness : bench::waiter {
    witness(std::vector<int>& o, int n)
        : waiter{[](bench::waiter& w) noexcept {
            auto& self = static_cast<witness&>(w);
            self.order.push_back(self.number);
          }},
          order{o},
          number{n} {}
    std::vector<int>& order;
    int number;
  };
  std::deque<witness> all;
  std::deque<event::wait_operation> waits;
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(waits.emplace_back(e.wait()).park(all.emplace_back(order, i)));
  e.set();
  e.set();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

TEST(an_event, set_between_the_look_and_the_wait_is_not_missed) {
  event e;
  sleeper s;
  auto late = e.wait();
  ASSERT_FALSE(late.ready());
  e.set();
  EXPECT_FALSE(late.park(s)) << "nothing to wait for";
}

TEST(an_event, does_not_wake_who_has_left_and_wakes_the_others) {
  event e;
  std::vector<sleeper> sleepers(3);
  std::deque<event::wait_operation> waits;
  for (auto& s : sleepers) ASSERT_TRUE(parks(waits.emplace_back(e.wait()), s));
  EXPECT_TRUE(waits[1].cancel());
  e.set();
  EXPECT_EQ(sleepers[0].woken + sleepers[2].woken, 2);
  EXPECT_EQ(sleepers[1].woken, 0);
  EXPECT_FALSE(waits[0].cancel()) << "it has been woken";
}

TEST(an_event, that_the_next_round_waits_for_is_another_one) {
  event e;
  sleeper first, second;
  auto early = e.wait();
  ASSERT_TRUE(parks(early, first));
  e.set();
  e.clear();
  auto late = e.wait();
  ASSERT_TRUE(parks(late, second));
  EXPECT_EQ(first.woken, 1);
  EXPECT_EQ(second.woken, 0);
  e.set();
  EXPECT_EQ(first.woken, 1);
  EXPECT_EQ(second.woken, 1);
}

template <class M>
class every_model_that_waits : public testing::Test {};
TYPED_TEST_SUITE(every_model_that_waits, models_that_wait, model_names);

// Tasks that wait for one event, which is set once they are all there.
struct start_signal {
  template <class M>
  struct start {
    bench::event<M> go, all_here;
    long here = 0, tasks = 0;
  };

  struct direct {
    template <class M>
    static long wait(M&, start<M>* s) {
      if (++std::atomic_ref{s->here} == s->tasks) s->all_here.set();
      s->go.wait();
      return s->go.is_set() ? 1 : 2;
    }
    template <class M>
    static long run(M& m, const long& tasks) {
      const auto s = bench::make<start<M>>(m);
      auto results = m.template buffer<long>(tasks);
      s->tasks = tasks;
      auto group = m.group();
      for (long i = 0; i < tasks; ++i) group.spawn(&results[i], bench::fn<wait<M>>, s.get());
      s->all_here.wait();
      s->go.set();
      group.join();
      return std::accumulate(results.begin(), results.end(), 0L);
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, long> wait(M&, start<M>* s) {
      if (++std::atomic_ref{s->here} == s->tasks) s->all_here.set();
      co_await s->go.wait();
      co_return s->go.is_set() ? 1 : 2;
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, const long& tasks) {
      const auto s = bench::make<start<M>>(m);
      auto results = m.template buffer<long>(tasks);
      s->tasks = tasks;
      auto group = m.group();
      for (long i = 0; i < tasks; ++i) group.spawn(&results[i], bench::fn<wait<M>>, s.get());
      co_await s->all_here.wait();
      s->go.set();
      co_await group.join();
      co_return std::accumulate(results.begin(), results.end(), 0L);
    }
  };
};

TYPED_TEST(every_model_that_waits, starts_all_tasks_with_one_event) {
  for (const int workers : {1, 2, 4}) {
    TypeParam m{with_workers(workers)};
    for (int round = 0; round < 10; ++round) ASSERT_EQ(run_on<start_signal>(m, 20L), 20);
  }
}

// Two tasks that send each other on, by an event each, which the one that waits clears.
struct ping_pong {
  template <class M>
  struct table {
    bench::event<M> ping, pong;
    long strokes = 0;
  };
  struct direct {
    template <class M>
    static void answer(M&, table<M>* t, long rounds) {
      for (long i = 0; i < rounds; ++i) {
        t->ping.wait();
        t->ping.clear();
        ++t->strokes;
        t->pong.set();
      }
    }
    template <class M>
    static long run(M& m, const long& rounds) {
      const auto t = bench::make<table<M>>(m);
      auto group = m.group();
      group.spawn(bench::fn<answer<M>>, t.get(), rounds);
      for (long i = 0; i < rounds; ++i) {
        ++t->strokes;
        t->ping.set();
        t->pong.wait();
        t->pong.clear();
      }
      group.join();
      return t->strokes;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> answer(M&, table<M>* t, long rounds) {
      for (long i = 0; i < rounds; ++i) {
        co_await t->ping.wait();
        t->ping.clear();
        ++t->strokes;
        t->pong.set();
      }
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, const long& rounds) {
      const auto t = bench::make<table<M>>(m);
      auto group = m.group();
      group.spawn(bench::fn<answer<M>>, t.get(), rounds);
      for (long i = 0; i < rounds; ++i) {
        ++t->strokes;
        t->ping.set();
        co_await t->pong.wait();
        t->pong.clear();
      }
      co_await group.join();
      co_return t->strokes;
    }
  };
};

TYPED_TEST(every_model_that_waits, passes_a_turn_back_and_forth_by_events) {
  for (const int workers : {1, 2}) {
    TypeParam m{with_workers(workers)};
    EXPECT_EQ(run_on<ping_pong>(m, 500L), 1'000);
  }
}

}  // namespace
