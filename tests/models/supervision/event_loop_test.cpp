// An event loop takes calls and tasks from any thread; and blocking calls hold up nobody.

#include "models/support/supervision/event_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/offload.hpp"
#include "bench/contract/supervision.hpp"
#include "bench/measure/clock.hpp"
#include "tests/shared/supervising_models.hpp"

namespace {

using supervising::ms;
using supervising::with_workers;
using testing::ElementsAre;

long square(long n) { return n * n; }
long nap(long n) {
  std::this_thread::sleep_for(std::chrono::milliseconds{50});
  return n;
}
long refuse(long) { throw std::runtime_error{"refused"}; }

struct direct {
  template <class M>
  static void serve(M& m, typename M::event_loop& loop) {
    loop.serve(m);
  }
  template <class M>
  static long twice(M& m, long n) {
    bench::sleep_for(m, 1 * ms);
    return 2 * n;
  }
  template <class M>
  static long fail(M& m, long) {
    bench::sleep_for(m, 1 * ms);
    throw std::runtime_error{"not here"};
  }
  template <class M>
  static void tick(M& m, std::atomic<long>* ticks, const std::atomic<bool>* stop) {
    while (!stop->load()) {
      bench::sleep_for(m, ms / 5);
      ++*ticks;
    }
  }
  template <class M>
  static void serve_beside_a_ticker(M& m, typename M::event_loop& loop, std::atomic<long>& ticks) {
    std::atomic<bool> stop = false;
    auto group = m.group();
    group.spawn(bench::fn<tick<M>>, &ticks, static_cast<const std::atomic<bool>*>(&stop));
    loop.serve(m);
    stop = true;
    group.join();
  }

  template <class M>
  static long blocking(M& m) {
    const long value = bench::offload(m, bench::fn<square>, 7L);
    return value;
  }
  template <class M>
  static long blocking_that_fails(M& m) {
    const long value = bench::offload(m, bench::fn<refuse>, 7L);
    return value;
  }
  template <class M>
  static void one_nap(M& m, long* sum) {
    const long value = bench::offload(m, bench::fn<nap>, 1L);
    *sum = value;
  }
  template <class M>
  static long naps_side_by_side(M& m) {
    std::vector<long> slept(4);
    auto group = m.group();
    for (auto& slot : slept) group.spawn(bench::fn<one_nap<M>>, &slot);
    group.join();
    return slept[0] + slept[1] + slept[2] + slept[3];
  }
};

struct coroutine {
  template <class M>
  static bench::task_of<M, void> serve(M& m, typename M::event_loop& loop) {
    co_await loop.serve(m);
  }
  template <class M>
  static bench::task_of<M, long> twice(M& m, long n) {
    co_await bench::sleep_for(m, 1 * ms);
    co_return 2 * n;
  }
  template <class M>
  static bench::task_of<M, long> fail(M& m, long) {
    co_await bench::sleep_for(m, 1 * ms);
    throw std::runtime_error{"not here"};
  }
  template <class M>
  static bench::task_of<M, void> tick(M& m, std::atomic<long>* ticks,
                                      const std::atomic<bool>* stop) {
    while (!stop->load()) {
      co_await bench::sleep_for(m, ms / 5);
      ++*ticks;
    }
  }
  template <class M>
  static bench::task_of<M, void> serve_beside_a_ticker(M& m, typename M::event_loop& loop,
                                                       std::atomic<long>& ticks) {
    std::atomic<bool> stop = false;
    auto group = m.group();
    group.spawn(bench::fn<tick<M>>, &ticks, static_cast<const std::atomic<bool>*>(&stop));
    co_await loop.serve(m);
    stop = true;
    co_await group.join();
  }

  template <class M>
  static bench::task_of<M, long> blocking(M& m) {
    const long value = co_await bench::offload(m, bench::fn<square>, 7L);
    co_return value;
  }
  template <class M>
  static bench::task_of<M, long> blocking_that_fails(M& m) {
    const long value = co_await bench::offload(m, bench::fn<refuse>, 7L);
    co_return value;
  }
  template <class M>
  static bench::task_of<M, void> one_nap(M& m, long* sum) {
    const long value = co_await bench::offload(m, bench::fn<nap>, 1L);
    *sum = value;
  }
  template <class M>
  static bench::task_of<M, long> naps_side_by_side(M& m) {
    std::vector<long> slept(4);
    auto group = m.group();
    for (auto& slot : slept) group.spawn(bench::fn<one_nap<M>>, &slot);
    co_await group.join();
    co_return slept[0] + slept[1] + slept[2] + slept[3];
  }
};

template <class M>
class event_loop : public testing::Test {
 protected:
  M m{with_workers(1)};
  typename M::event_loop loop;
};
TYPED_TEST_SUITE(event_loop, supervising::models_, supervising::names);

TYPED_TEST(event_loop, makes_posted_calls_in_their_order_those_of_before_it_was_served_too) {
  std::vector<int> calls;
  for (int i = 0; i < 3; ++i) this->loop.post([&calls, i] { calls.push_back(i); });
  this->loop.post([this] { this->loop.stop(); });
  CONTEND_RUN(this->m, serve, this->loop);
  EXPECT_THAT(calls, ElementsAre(0, 1, 2));
}

TYPED_TEST(event_loop, makes_calls_when_they_are_due_and_not_before) {
  std::vector<int> calls;
  const auto start = this->loop.time_ns();
  std::int64_t last = 0;
  this->loop.call_later(30 * ms, [&] {
    calls.push_back(30);
    last = this->loop.time_ns() - start;
    this->loop.stop();
  });
  this->loop.call_at(start + 10 * ms, [&] { calls.push_back(10); });
  this->loop.call_later(20 * ms, [&] { calls.push_back(20); });
  CONTEND_RUN(this->m, serve, this->loop);
  EXPECT_THAT(calls, ElementsAre(10, 20, 30));
  EXPECT_GE(last, 30 * ms);
}

TYPED_TEST(event_loop, is_entered_from_another_thread_which_gets_the_result_back) {
  using M = TypeParam;
  long result = 0;
  std::string error;
  // Freed after both threads are done with it: the thread sanitizer does not see the count of
  // references to an exception, which the distribution's library keeps.
  std::shared_future<long> failing;
  std::jthread gui{[&] {
    if constexpr (bench::awaits<M>) {
      result = this->loop.submit(bench::fn<&coroutine::twice<M>>, 21L).get();
    } else {
      result = this->loop.submit(bench::fn<&direct::twice<M>>, 21L).get();
    }
    if constexpr (bench::awaits<M>) {
      failing = this->loop.submit(bench::fn<&coroutine::fail<M>>, 1L);
    } else {
      failing = this->loop.submit(bench::fn<&direct::fail<M>>, 1L);
    }
    try {
      failing.get();
    } catch (const std::exception& e) {
      error = e.what();
    }
    this->loop.stop();
  }};
  CONTEND_RUN(this->m, serve, this->loop);
  gui.join();
  EXPECT_EQ(result, 42);
  EXPECT_EQ(error, "not here");
}

TYPED_TEST(event_loop, loses_no_call_of_many_threads) {
  std::atomic<int> calls = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i)
        this->loop.post([&] {
          if (++calls == 6'000) this->loop.stop();
        });
    });
  CONTEND_RUN(this->m, serve, this->loop);
  EXPECT_EQ(calls, 6'000);
}

TYPED_TEST(event_loop, a_callback_that_posts_itself_for_ever_starves_nobody) {
  std::atomic<long> ticks = 0;
  std::function<void()> again = [&] {
    if (ticks < 20) {
      this->loop.post(again);
    } else {
      this->loop.stop();
    }
  };
  this->loop.post(again);
  CONTEND_RUN(this->m, serve_beside_a_ticker, this->loop, ticks);
  EXPECT_GE(ticks, 20);
}

TYPED_TEST(event_loop, a_callback_that_throws_ends_it_with_its_error) {
  this->loop.post([] { throw std::runtime_error{"in a callback"}; });
  EXPECT_THROW(CONTEND_RUN(this->m, serve, this->loop), std::runtime_error);
}

TYPED_TEST(event_loop, who_asks_a_loop_that_is_never_served_learns_it_when_the_loop_is_gone) {
  using M = TypeParam;
  std::future<long> answer;
  {
    typename M::event_loop unserved;
    if constexpr (bench::awaits<M>) {
      answer = unserved.submit(bench::fn<&coroutine::twice<M>>, 21L);
    } else {
      answer = unserved.submit(bench::fn<&direct::twice<M>>, 21L);
    }
  }
  EXPECT_THROW(answer.get(), std::future_error);
}

template <class M>
class offload : public testing::Test {
 protected:
  M m{with_workers(1)};
};
TYPED_TEST_SUITE(offload, supervising::models_, supervising::names);

TYPED_TEST(offload, hands_the_result_of_a_blocking_call_back_or_its_error) {
  EXPECT_EQ(CONTEND_RUN(this->m, blocking), 49);
  EXPECT_THROW(CONTEND_RUN(this->m, blocking_that_fails), std::runtime_error);
}

TYPED_TEST(offload, blocking_calls_of_one_worker_go_on_side_by_side) {
  const auto start = bench::now_ns();
  EXPECT_EQ(CONTEND_RUN(this->m, naps_side_by_side), 4);
  EXPECT_LT(bench::now_ns() - start, 190 * ms);  // one after the other: 200 ms
}

}  // namespace
