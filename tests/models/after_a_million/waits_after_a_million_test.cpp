// A million events, conditions, channels, barriers and timers leave nothing behind.

#include <gtest/gtest.h>

#include "bench/contract/io.hpp"
#include "tests/shared/after_a_million.hpp"

namespace {

// Two tasks that meet in each round, in every way that there is.
template <class M>
struct meeting {
  bench::event<M> go, gone;
  bench::barrier<M> both{2};
  bench::channel<M, long> items{4};
  bench::mutex<M> lock;
  bench::condition<M> changed;
  long turn = 0;
};
struct waiting {
  struct direct {
    template <class M>
    static void give(M&, meeting<M>* s, long n) {
      for (long i = 0; i < n; ++i) {
        s->go.set();
        s->items.send(i);
        s->lock.lock();
        while (s->turn != 0) s->changed.wait(s->lock);
        s->turn = 1;
        s->lock.unlock();
        s->changed.notify_all();
        s->both.arrive_and_wait();
      }
    }
    template <class M>
    static long take(M&, meeting<M>* s, long n) {
      long sum = 0;
      for (long i = 0; i < n; ++i) {
        s->go.wait();
        s->go.clear();
        sum += s->items.receive();
        s->lock.lock();
        while (s->turn != 1) s->changed.wait(s->lock);
        s->turn = 0;
        s->lock.unlock();
        s->changed.notify_one();
        s->both.arrive_and_wait();
      }
      return sum;
    }
    template <class M>
    static long run(M& m, meeting<M>*& s, long& n) {
      long sum = 0;
      auto group = m.group();
      group.spawn(bench::fn<give<M>>, s, n);
      group.spawn(&sum, bench::fn<take<M>>, s, n);
      group.join();
      for (long i = 0; i < n / 10; ++i) bench::sleep_for(m, 0);
      return sum;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> give(M&, meeting<M>* s, long n) {
      for (long i = 0; i < n; ++i) {
        s->go.set();
        co_await s->items.send(i);
        co_await s->lock.lock();
        while (s->turn != 0) co_await s->changed.wait(s->lock);
        s->turn = 1;
        s->lock.unlock();
        s->changed.notify_all();
        co_await s->both.arrive_and_wait();
      }
    }
    template <class M>
    static bench::task_of<M, long> take(M&, meeting<M>* s, long n) {
      long sum = 0;
      for (long i = 0; i < n; ++i) {
        co_await s->go.wait();
        s->go.clear();
        sum += co_await s->items.receive();
        co_await s->lock.lock();
        while (s->turn != 1) co_await s->changed.wait(s->lock);
        s->turn = 0;
        s->lock.unlock();
        s->changed.notify_one();
        co_await s->both.arrive_and_wait();
      }
      co_return sum;
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, meeting<M>*& s, long& n) {
      long sum = 0;
      auto group = m.group();
      group.spawn(bench::fn<give<M>>, s, n);
      group.spawn(&sum, bench::fn<take<M>>, s, n);
      co_await group.join();
      for (long i = 0; i < n / 10; ++i) co_await bench::sleep_for(m, 0);
      co_return sum;
    }
  };
};

template <class M>
class waits_after_a_million : public testing::Test {};
TYPED_TEST_SUITE(waits_after_a_million, models_that_wait, model_names);
TYPED_TEST(waits_after_a_million, events_conditions_channels_barriers_and_timers_leave_nothing) {
  using M = TypeParam;
  expect_nothing_left_by<M>(in_user_space<M> ? million : million / 20, [](M& m, long n) {
    auto s = bench::make<meeting<M>>(m);
    EXPECT_EQ(run_on<waiting>(m, s.get(), n), n * (n - 1) / 2);
  });
}

}  // namespace
