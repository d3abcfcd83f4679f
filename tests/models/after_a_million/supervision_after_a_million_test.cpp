// A million cancelled tasks, limits and calls of an event loop leave nothing behind.

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <functional>

#include "bench/contract/supervision.hpp"
#include "tests/shared/after_a_million.hpp"
#include "tests/shared/supervising_models.hpp"

namespace {

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
class supervision_after_a_million : public testing::Test {};
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

}  // namespace
