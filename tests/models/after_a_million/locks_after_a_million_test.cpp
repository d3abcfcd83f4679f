// A million locks, permits, tasks and errors of tasks leave nothing behind.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include "tests/shared/after_a_million.hpp"

namespace {

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
class locks_after_a_million : public testing::Test {};
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

}  // namespace
