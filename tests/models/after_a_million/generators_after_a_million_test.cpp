// A million elements, switches and offloaded calls leave nothing behind.

#include <gtest/gtest.h>

#include <any>

#include "bench/contract/generator.hpp"
#include "bench/contract/offload.hpp"
#include "models/support/coroutines/generator.hpp"
#include "models/support/fibers/greenlet.hpp"
#include "tests/shared/after_a_million.hpp"

namespace {

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
class generators_after_a_million : public testing::Test {};
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

}  // namespace
