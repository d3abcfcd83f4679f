#include "models/fibers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using bench::fn;
using models::fibers;

static_assert(bench::model<fibers>);
static_assert(bench::nests<fibers>);
static_assert(bench::waits<fibers>);
static_assert(bench::locks<fibers>);
static_assert(bench::does_io<fibers>);
static_assert(!bench::awaits<fibers>);

#if defined(CONTEND_ASAN) || defined(CONTEND_TSAN)
constexpr long many = 300;
#else
constexpr long many = 100'000;
#endif

// Waits until somebody opens it.
class gate {
 public:
  void open() {
    bench::waiter* all = nullptr;
    {
      const std::lock_guard lock{mutex_};
      open_ = true;
      all = std::exchange(waiting_, nullptr);
    }
    while (all != nullptr) {
      auto* const w = std::exchange(all, all->next);
      w->wake(*w);
    }
  }
  long waiting() {
    const std::lock_guard lock{mutex_};
    return parked_;
  }

  struct operation {
    gate& g;
    bool ready() { return false; }
    bool park(bench::waiter& w) {
      const std::lock_guard lock{g.mutex_};
      if (g.open_) return false;
      w.next = std::exchange(g.waiting_, &w);
      ++g.parked_;
      return true;
    }
    void result() {}
  };
  operation opened() { return {*this}; }

 private:
  std::mutex mutex_;
  bench::waiter* waiting_ = nullptr;
  long parked_ = 0;
  bool open_ = false;
};

class fibers_test : public testing::TestWithParam<std::tuple<int, bench::memory_policy>> {
 protected:
  static bench::settings settings() {
    bench::settings s;
    s.workers = std::get<0>(GetParam());
    s.memory = std::get<1>(GetParam());
    return s;
  }
  long some() const {
    return std::get<1>(GetParam()) == bench::memory_policy::pooled ? 2'000 : 200;
  }
  template <auto Body>
  long run(long n) {
    return m_.run(fn<Body>, n);
  }
  fibers m_{settings()};
};

long fib(fibers& m, long n) {
  if (n < 2) return n;
  long a = 0, b = 0;
  auto group = m.group();
  group.spawn(&a, fn<fib>, n - 1);
  group.spawn(&b, fn<fib>, n - 2);
  group.join();
  return a + b;
}

TEST_P(fibers_test, nest_and_join) {
  const long n = some() > 1'000 ? 16 : 10;
  EXPECT_EQ(run<fib>(n), some() > 1'000 ? 987 : 55);
}

TEST_P(fibers_test, run_again_and_again_and_from_another_thread) {
  for (long i = 0; i < 20; ++i) EXPECT_EQ(run<fib>(i % 2 == 0 ? 5L : 6L), i % 2 == 0 ? 5 : 8);
  std::jthread{[&] { EXPECT_EQ(run<fib>(7L), 13); }};
}

void wait_for(fibers& m, gate* g, std::atomic<long>* passed) {
  m.wait(g->opened());
  passed->fetch_add(1);
}

long park_all(fibers& m, long n) {
  gate g;
  std::atomic<long> passed = 0;
  auto group = m.group();
  for (long i = 0; i < n; ++i) group.spawn(fn<wait_for>, &g, &passed);
  while (g.waiting() < n) m.yield();
  EXPECT_EQ(passed.load(), 0);
  g.open();
  group.join();
  return passed.load();
}

TEST_P(fibers_test, wait_all_at_once_and_are_woken_by_a_fiber) {
  EXPECT_EQ(run<park_all>(some()), some());
}

long woken_from_outside(fibers& m, long n) {
  gate g;
  std::atomic<long> passed = 0;
  auto group = m.group();
  for (long i = 0; i < n; ++i) group.spawn(fn<wait_for>, &g, &passed);
  const std::jthread foreign{[&] {
    while (g.waiting() < n / 2) std::this_thread::yield();
    g.open();
  }};
  group.join();
  return passed.load();
}

TEST_P(fibers_test, are_woken_by_foreign_threads_while_they_park) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(run<woken_from_outside>(100L), 100);
}

void stays(fibers& m, long* moved) {
  const auto here = std::this_thread::get_id();
  for (int i = 0; i < 20; ++i) {
    m.yield();
    if (std::this_thread::get_id() != here) ++*moved;
  }
}

long count_moves(fibers& m, long n) {
  std::vector<long> moved(static_cast<std::size_t>(n));
  auto group = m.group();
  for (auto& one : moved) group.spawn(fn<stays>, &one);
  group.join();
  long sum = 0;
  for (const auto one : moved) sum += one;
  return sum;
}

TEST_P(fibers_test, stay_on_the_worker_that_started_them) { EXPECT_EQ(run<count_moves>(200L), 0); }

long rethrows(fibers& m, long i) {
  long right = 0;
  for (int round = 0; round < 20; ++round) {
    try {
      try {
        throw i;
      } catch (...) {
        m.yield();
        throw;
      }
    } catch (const long caught) {
      m.yield();
      right += caught == i;
    }
  }
  return right;
}

long rethrow_interleaved(fibers& m, long n) {
  std::vector<long> right(static_cast<std::size_t>(n));
  auto group = m.group();
  for (long i = 0; i < n; ++i) group.spawn(&right[static_cast<std::size_t>(i)], fn<rethrows>, i);
  group.join();
  long sum = 0;
  for (const auto one : right) sum += one;
  return sum;
}

TEST_P(fibers_test, rethrow_what_they_themselves_caught) {
  EXPECT_EQ(run<rethrow_interleaved>(100L), 2'000);
}

void fails(fibers& m, long i) {
  m.yield();
  if (i % 3 == 0) throw std::runtime_error{"task failed"};
}

long fail_some(fibers& m, long n) {
  auto group = m.group();
  for (long i = 0; i < n; ++i) group.spawn(fn<fails>, i);
  group.join();
  return n;
}

TEST_P(fibers_test, carry_an_error_to_the_joiner_and_out_of_run) {
  EXPECT_THROW(run<fail_some>(50L), std::runtime_error);
  EXPECT_EQ(run<fib>(6L), 8) << "the model works on";
}

void count_one(fibers& m, long* slot) {
  m.yield();
  *slot = 1;
}

long unwinds_while_children_run(fibers& m, long n) {
  std::vector<long> slots(static_cast<std::size_t>(n));
  try {
    auto group = m.group();
    for (auto& slot : slots) group.spawn(fn<count_one>, &slot);
    throw std::runtime_error{"left without a join"};
  } catch (const std::runtime_error&) {
  }
  long sum = 0;
  for (const auto one : slots) sum += one;
  return sum;
}

TEST_P(fibers_test, are_joined_when_their_group_is_unwound) {
  EXPECT_EQ(run<unwinds_while_children_run>(100L), 100);
}

INSTANTIATE_TEST_SUITE_P(
    settings, fibers_test,
    testing::Combine(testing::Values(1, 2, 4),
                     testing::Values(bench::memory_policy::pooled, bench::memory_policy::fresh)),
    [](const auto& info) {
      return std::to_string(std::get<0>(info.param)) +
             (std::get<1>(info.param) == bench::memory_policy::pooled ? "_pooled" : "_fresh");
    });

TEST(fibers, park_a_hundred_thousand_at_once) {
  fibers m{bench::settings{}};
  long n = many;
  EXPECT_EQ(m.run(fn<park_all>, n), many);
}

TEST(fibers, that_memory_cannot_hold_are_refused) {
  EXPECT_EQ(fibers::cannot({.tasks = 10, .live = 10}, {}), std::nullopt);
  EXPECT_NE(fibers::cannot({.tasks = 1L << 40, .live = 1L << 40}, {}), std::nullopt);
  // Those that have not started take no stack.
  EXPECT_EQ(fibers::cannot({.tasks = 1L << 40, .live = 1L << 40, .parked = 40}, {}), std::nullopt);
}

}  // namespace
