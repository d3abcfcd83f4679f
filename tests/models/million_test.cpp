// After a million operations of each kind, memory, descriptors, threads and children are where they
// began. Where an operation goes through the kernel, as each does of a model whose tasks are
// threads or processes, there are as many as take a few seconds.

#include <gtest/gtest.h>

#include <algorithm>
#include <any>
#include <atomic>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/base/sanitizer.hpp"
#include "bench/contract/generator.hpp"
#include "bench/contract/io.hpp"
#include "bench/contract/offload.hpp"
#include "bench/contract/supervision.hpp"
#include "bench/measure/footprint.hpp"
#include "bench/measure/held_memory.hpp"
#include "models/process_pool.hpp"
#include "models/support/coroutines/generator.hpp"
#include "models/support/fibers/greenlet.hpp"
#include "tests/shared/model_suites.hpp"
#include "tests/shared/supervising_models.hpp"

namespace {

constexpr long million = bench::sanitized ? 10'000 : 1'000'000;

// Runs `operations` for what is made once and for good, and then judges a second run. Some of that
// is made late (a worker's reactor with its first timer, an allocator's arena with a thread's first
// wait for another's), so a few pieces of a kind are no leak: that would be one in each operation.
template <class F>
void expect_nothing_left(long n, long before_that, F operations) {
  operations(before_that);
  const auto before = bench::footprint::now();
  const auto held = bench::held_bytes();
  operations(n);
  const auto now = bench::footprint::now();
  EXPECT_EQ(now.children, before.children);
  EXPECT_LE(now.threads, before.threads + 8);
  EXPECT_LE(now.descriptors, before.descriptors + 8);
  if (bench::sanitized) return;  // its allocator keeps and maps as it likes
  EXPECT_LE(now.mappings, before.mappings + 64);
  // Half a byte for each of a million. Pages of libraries count by their share, which grows when
  // other programs end that had them too.
  EXPECT_LE(bench::held_bytes() - held, 512 << 10);
}

// The same with a model, which leaves nothing at all when it goes.
template <class M, class F>
void expect_nothing_left_by(long n, long before_that, F operations) {
  std::thread{[] {}}.join();  // with the first one a sanitizer gets one of its own
  const auto pristine = bench::footprint::now();
  {
    M m{with_workers(2)};
    expect_nothing_left(n, before_that, [&](long count) { operations(m, count); });
  }
  EXPECT_EQ(bench::left_behind(pristine), "");
}
template <class M, class F>
void expect_nothing_left_by(long n, F operations) {
  expect_nothing_left_by<M>(n, n / 10, operations);
}

// Whose tasks are handed over to each other without the kernel.
template <class M>
constexpr bool in_user_space = M::can.generates;

template <class M>
class after_a_million : public testing::Test {};

template <class M>
struct locked {
  bench::mutex<M> lock;
  bench::semaphore<M> permits{1};
  bench::bounded_semaphore<M> bounded{1};
  long n = 0;
};
struct locking {
  struct direct {
    template <class M>
    static void use(M&, locked<M>* l, long n) {
      for (long i = 0; i < n; ++i) {
        l->lock.lock();
        l->n = l->n + 1;
        l->lock.unlock();
        l->permits.acquire();
        l->permits.release();
        l->bounded.acquire();
        l->bounded.release();
      }
    }
    template <class M>
    static void run(M& m, locked<M>*& l, long& n) {
      auto group = m.group();
      for (int i = 0; i < 2; ++i) group.spawn(bench::fn<use<M>>, l, n / 2);
      group.join();
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> use(M&, locked<M>* l, long n) {
      for (long i = 0; i < n; ++i) {
        co_await l->lock.lock();
        l->n = l->n + 1;
        l->lock.unlock();
        co_await l->permits.acquire();
        l->permits.release();
        co_await l->bounded.acquire();
        l->bounded.release();
      }
    }
    template <class M>
    static bench::task_of<M, void> run(M& m, locked<M>*& l, long& n) {
      auto group = m.group();
      for (int i = 0; i < 2; ++i) group.spawn(bench::fn<use<M>>, l, n / 2);
      co_await group.join();
    }
  };
};

template <class M>
class locks_after_a_million : public after_a_million<M> {};
TYPED_TEST_SUITE(locks_after_a_million, models_that_lock, model_names);
TYPED_TEST(locks_after_a_million, mutexes_and_semaphores_leave_nothing_behind) {
  using M = TypeParam;
  expect_nothing_left_by<M>(million, [](M& m, long n) {
    auto l = bench::make<locked<M>>(m);
    run_on<locking>(m, l.get(), n);
    EXPECT_EQ(l->n, n / 2 * 2);
  });
}

// Tasks in groups of a thousand, of which one fails.
struct spawning {
  static constexpr long at_once = 1'000;
  struct direct {
    template <class M>
    static long task(M&, long n) {
      if (n == 7) throw std::runtime_error{"seven"};
      return n;
    }
    template <class M>
    static long run(M& m, long& n) {
      std::vector<long> results(at_once);
      long errors = 0;
      for (long first = 0; first < n; first += at_once) {
        auto group = m.group();
        for (long i = 0; i < std::min(at_once, n); ++i)
          group.spawn(&results[static_cast<std::size_t>(i)], bench::fn<task<M>>, i);
        try {
          group.join();
        } catch (const std::exception&) {
          ++errors;
        }
      }
      return errors;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, long> task(M&, long n) {
      if (n == 7) throw std::runtime_error{"seven"};
      co_return n;
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, long& n) {
      std::vector<long> results(at_once);
      long errors = 0;
      for (long first = 0; first < n; first += at_once) {
        auto group = m.group();
        for (long i = 0; i < std::min(at_once, n); ++i)
          group.spawn(&results[static_cast<std::size_t>(i)], bench::fn<task<M>>, i);
        try {
          co_await group.join();
        } catch (const std::exception&) {
          ++errors;
        }
      }
      co_return errors;
    }
  };
};

TYPED_TEST(locks_after_a_million, tasks_and_their_errors_leave_nothing_behind) {
  using M = TypeParam;
  const long n = M::name == "threads" ? million / 50 : M::name == "processes" ? 2'000 : million;
  expect_nothing_left_by<M>(
      n, [](M& m, long count) { EXPECT_EQ(run_on<spawning>(m, count), (count + 999) / 1'000); });
}

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
class waits_after_a_million : public after_a_million<M> {};
TYPED_TEST_SUITE(waits_after_a_million, models_that_wait, model_names);
TYPED_TEST(waits_after_a_million, events_conditions_channels_barriers_and_timers_leave_nothing) {
  using M = TypeParam;
  expect_nothing_left_by<M>(in_user_space<M> ? million : million / 20, [](M& m, long n) {
    auto s = bench::make<meeting<M>>(m);
    EXPECT_EQ(run_on<waiting>(m, s.get(), n), n * (n - 1) / 2);
  });
}

// Tasks that wait for what never comes, a hundred at a time, and are cancelled; calls with a limit.
struct supervising_many {
  static constexpr long at_once = 100;
  struct direct {
    template <class M>
    static long wait(M&, bench::channel<M, long>* silent) {
      const long n = silent->receive();
      return n;
    }
    template <class M>
    static long quick(M&, long n) {
      return n;
    }
    template <class M>
    static long cancel_all(M&, bench::scope_of<M>& scope, bench::channel<M, long>* silent) {
      long cancelled = 0;
      for (long i = 0; i < at_once; ++i)
        scope.spawn(bench::fn<wait<M>>, silent).on_done([&cancelled](bench::task_state s) {
          if (s == bench::task_state::cancelled) ++std::atomic_ref{cancelled};
        });
      scope.cancel();
      for (long i = 0; i < at_once; ++i) scope.next();
      return cancelled;
    }
    template <class M>
    static long run(M& m, bench::channel<M, long>*& silent, long& n) {
      long cancelled = 0;
      for (long first = 0; first < n; first += at_once) {
        const long some = m.with_scope(bench::on_failure::go_on, bench::fn<cancel_all<M>>, silent);
        cancelled += some;
        const long in_time = m.within(60'000 * supervising::ms, bench::fn<quick<M>>, 1L);
        const long shielded = m.shielded(bench::fn<quick<M>>, 1L);
        cancelled += in_time - shielded;
        try {
          m.within(1, bench::fn<wait<M>>, silent);
        } catch (const bench::timed_out&) {
        }
      }
      return cancelled;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, long> wait(M&, bench::channel<M, long>* silent) {
      const long n = co_await silent->receive();
      co_return n;
    }
    template <class M>
    static bench::task_of<M, long> quick(M&, long n) {
      co_return n;
    }
    template <class M>
    static bench::task_of<M, long> cancel_all(M&, bench::scope_of<M>& scope,
                                              bench::channel<M, long>* silent) {
      long cancelled = 0;
      for (long i = 0; i < at_once; ++i)
        scope.spawn(bench::fn<wait<M>>, silent).on_done([&cancelled](bench::task_state s) {
          if (s == bench::task_state::cancelled) ++std::atomic_ref{cancelled};
        });
      scope.cancel();
      for (long i = 0; i < at_once; ++i) co_await scope.next();
      co_return cancelled;
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, bench::channel<M, long>*& silent, long& n) {
      long cancelled = 0;
      for (long first = 0; first < n; first += at_once) {
        const long some =
            co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel_all<M>>, silent);
        cancelled += some;
        const long in_time = co_await m.within(60'000 * supervising::ms, bench::fn<quick<M>>, 1L);
        const long shielded = co_await m.shielded(bench::fn<quick<M>>, 1L);
        cancelled += in_time - shielded;
        try {
          co_await m.within(1, bench::fn<wait<M>>, silent);
        } catch (const bench::timed_out&) {
        }
      }
      co_return cancelled;
    }
  };
};

struct serving {
  struct direct {
    template <class M>
    static void run(M& m, typename M::event_loop*& loop) {
      loop->serve(m);
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> run(M& m, typename M::event_loop*& loop) {
      co_await loop->serve(m);
    }
  };
};

template <class M>
class supervision_after_a_million : public after_a_million<M> {};
TYPED_TEST_SUITE(supervision_after_a_million, supervising::models_, supervising::names);
TYPED_TEST(supervision_after_a_million, cancelled_tasks_and_limits_leave_nothing_behind) {
  using M = TypeParam;
  expect_nothing_left_by<M>(in_user_space<M> ? million : million / 50, [](M& m, long n) {
    auto silent = bench::make<bench::channel<M, long>>(m, std::size_t{1});
    EXPECT_EQ(run_on<supervising_many>(m, silent.get(), n), (n + 99) / 100 * 100);
  });
}
TYPED_TEST(supervision_after_a_million, calls_of_an_event_loop_leave_nothing_behind) {
  using M = TypeParam;
  expect_nothing_left_by<M>(in_user_space<M> ? million : million / 20, [](M& m, long n) {
    typename M::event_loop loop;
    long called = 0;
    for (long i = 0; i < 1'000; ++i) loop.call_later(3'600'000 * supervising::ms, [] {});
    std::function<void()> again = [&] {
      if (++called == n) return loop.stop();
      called % 4 == 0 ? loop.call_later(0, again) : loop.post(again);
    };
    loop.post(again);
    run_on<serving>(m, &loop);
    EXPECT_EQ(called, n);
  });
}

// One generator of all elements through ten others, and short ones that are dropped halfway.
struct generating {
  struct direct {
    template <class M>
    static void count(M& m, bench::sink<M, long>& out, long n, long depth) {
      if (depth > 1) {
        count(m, out, n, depth - 1);
      } else {
        for (long i = 0; i < n; ++i) out.yield(i);
      }
    }
    template <class M>
    static long run(M& m, long& n) {
      long sum = 0;
      bench::generator<M, long> all{m, bench::fn<count<M>>, n, 10L};
      auto next = all.next();
      while (next) {
        sum += *next;
        next = all.next();
      }
      for (long i = 0; i < n / 100; ++i) {
        bench::generator<M, long> dropped{m, bench::fn<count<M>>, 3L, 10L};
        dropped.next();
      }
      return sum;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> count(M& m, bench::sink<M, long>& out, long n, long depth) {
      if (depth > 1) {
        co_await count(m, out, n, depth - 1);
      } else {
        for (long i = 0; i < n; ++i) co_await out.yield(i);
      }
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, long& n) {
      long sum = 0;
      bench::generator<M, long> all{m, bench::fn<count<M>>, n, 10L};
      auto next = co_await all.next();
      while (next) {
        sum += *next;
        next = co_await all.next();
      }
      for (long i = 0; i < n / 100; ++i) {
        bench::generator<M, long> dropped{m, bench::fn<count<M>>, 3L, 10L};
        co_await dropped.next();
      }
      co_return sum;
    }
  };
};

long one_more(long n) { return n + 1; }
struct offloading {
  struct direct {
    template <class M>
    static long run(M& m, long& n) {
      long made = 0;
      for (long i = 0; i < n; ++i) made = bench::offload(m, bench::fn<one_more>, made);
      return made;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, long> run(M& m, long& n) {
      long made = 0;
      for (long i = 0; i < n; ++i) made = co_await bench::offload(m, bench::fn<one_more>, made);
      co_return made;
    }
  };
};

template <class M>
class generators_after_a_million : public after_a_million<M> {};
TYPED_TEST_SUITE(generators_after_a_million, models_that_generate, model_names);
TYPED_TEST(generators_after_a_million, leave_nothing_behind) {
  using M = TypeParam;
  expect_nothing_left_by<M>(
      million, [](M& m, long n) { EXPECT_EQ(run_on<generating>(m, n), n * (n - 1) / 2); });
}
TYPED_TEST(generators_after_a_million, nor_do_offloaded_calls) {
  using M = TypeParam;
  expect_nothing_left_by<M>(million / 20,
                            [](M& m, long n) { EXPECT_EQ(run_on<offloading>(m, n), n); });
}

models::support::generator<long> count_down(long n, int depth) {
  if (depth > 1) {
    co_yield models::support::elements_of(count_down(n, depth - 1));
  } else {
    while (n > 0) co_yield n--;
  }
}

TEST(plain_after_a_million, generators_leave_nothing_behind) {
  expect_nothing_left(million, million / 10, [](long n) {
    long sum = 0;
    for (const long i : count_down(n, 10)) sum += i;
    EXPECT_EQ(sum, n * (n + 1) / 2);
    for (long i = 0; i < n / 10; ++i)
      for (const long first : count_down(3, 3)) {
        EXPECT_EQ(first, 3);
        break;
      }
  });
}

TEST(plain_after_a_million, greenlets_leave_nothing_behind) {
  using models::support::greenlet;
  expect_nothing_left(million, million / 10, [](long n) {
    auto& main = greenlet::current();
    greenlet forever{[&](std::any) {
      for (;;) main.switch_to();
      return std::any{};
    }};
    for (long i = 0; i < n; ++i) forever.switch_to(i);
    for (long i = 0; i < n / 10; ++i) {
      greenlet dropped{[&](std::any value) { return main.switch_to(value); }};
      if (i % 3 != 0) dropped.switch_to(i);
      if (i % 3 == 2) dropped.switch_to(i);
    }
  });
}

long triple(models::process_pool&, long n) {
  if (n == 7) throw std::runtime_error{"seven"};
  return 3 * n;
}

TEST(pool_calls_after_a_million, leave_nothing_behind) {
  using models::process_pool;
  // What waits for a worker lies in memory that grows to what it has been at the most, and stays.
  expect_nothing_left_by<process_pool>(million, million, [](process_pool& m, long n) {
    const std::vector<long> items(static_cast<std::size_t>(n), 2);
    const std::vector<long> want(static_cast<std::size_t>(n), 6);
    EXPECT_EQ(m.map(bench::fn<triple>, items), want);
    EXPECT_EQ(m.map(bench::fn<triple>, items, 10), want);
    long called = 0;
    for (long i = 0; i < n / 10; ++i)
      m.apply_async({.callback = [&](long) { ++called; },
                     .error_callback = [&](const std::exception&) { ++called; }},
                    bench::fn<triple>, i % 100);
    while (called < n / 10) m.poll();
    auto results = m.imap_unordered(bench::fn<triple>, items, 20);
    while (results.next()) {
    }
    EXPECT_EQ(m.map_async(bench::fn<triple>, want).get().back(), 18);
  });
}

}  // namespace
