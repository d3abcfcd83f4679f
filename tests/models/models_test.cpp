// What every model claims, pinned; and the meaning of groups, channels and locks under each of
// them.

#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "all_models.hpp"
#include "bench/contract/operations.hpp"

namespace {

static_assert(bench::nests<models::serial> && !bench::waits<models::serial>);
static_assert(bench::nests<models::threads> && bench::waits<models::threads>);
static_assert(bench::nests<models::thread_pool> && !bench::waits<models::thread_pool>);
static_assert(bench::nests<models::coroutines> && bench::waits<models::coroutines>);
static_assert(bench::awaits<models::coroutines>);
static_assert(!bench::awaits<models::threads> && !bench::awaits<models::thread_pool>);

template <class M>
class every_model : public testing::Test {};

template <class List>
struct types_of;
template <class... M>
struct types_of<bench::model_list<M...>> {
  static_assert((bench::model<M> && ...));
  using type = testing::Types<M...>;
};
struct names {
  template <class M>
  static std::string GetName(int) {
    return std::string{M::name};
  }
};
TYPED_TEST_SUITE(every_model, types_of<models::all>::type, names);

bench::settings with_workers(int n) {
  bench::settings s;
  s.workers = n;
  return s;
}

struct direct {
  template <class M>
  static long twice(M&, long n) {
    return 2 * n;
  }
  template <class M>
  static long fail(M&, long n) {
    if (n == 3) throw std::runtime_error{"three is not welcome"};
    return n;
  }
  template <class M, auto Body>
  static long sum_of(M& m, const int& tasks) {
    auto results = m.template buffer<long>(tasks);
    auto group = m.group();
    for (int i = 0; i < tasks; ++i) group.spawn(&results[i], bench::fn<Body>, long{i});
    group.join();
    long sum = 0;
    for (const long r : results) sum += r;
    return sum;
  }
  template <class M>
  static long twice_over(M& m, const int& tasks) {
    std::vector<long> first(tasks), second(tasks);
    auto group = m.group();
    for (auto& slot : first) group.spawn(&slot, bench::fn<twice<M>>, long{1});
    group.join();
    for (auto& slot : second) group.spawn(&slot, bench::fn<twice<M>>, first[0]);
    group.join();
    return std::accumulate(second.begin(), second.end(), 0L);
  }
};

struct coroutine {
  template <class M>
  static bench::task_of<M, long> twice(M&, long n) {
    co_return 2 * n;
  }
  template <class M>
  static bench::task_of<M, long> fail(M&, long n) {
    if (n == 3) throw std::runtime_error{"three is not welcome"};
    co_return n;
  }
  template <class M, auto Body>
  static bench::task_of<M, long> sum_of(M& m, const int& tasks) {
    auto results = m.template buffer<long>(tasks);
    auto group = m.group();
    for (int i = 0; i < tasks; ++i) group.spawn(&results[i], bench::fn<Body>, long{i});
    co_await group.join();
    long sum = 0;
    for (const long r : results) sum += r;
    co_return sum;
  }
  template <class M>
  static bench::task_of<M, long> twice_over(M& m, const int& tasks) {
    std::vector<long> first(tasks), second(tasks);
    auto group = m.group();
    for (auto& slot : first) group.spawn(&slot, bench::fn<twice<M>>, long{1});
    co_await group.join();
    for (auto& slot : second) group.spawn(&slot, bench::fn<twice<M>>, first[0]);
    co_await group.join();
    co_return std::accumulate(second.begin(), second.end(), 0L);
  }
};

TYPED_TEST(every_model, puts_each_result_in_its_own_slot) {
  using M = TypeParam;
  for (const int workers : {1, 2, 3}) {
    M m{with_workers(workers)};
    for (const int tasks : {0, 1, 2, 50}) {
      long sum = 0;
      if constexpr (bench::awaits<M>) {
        sum = m.run(bench::fn<&coroutine::sum_of<M, &coroutine::twice<M>>>, tasks);
      } else {
        sum = m.run(bench::fn<&direct::sum_of<M, &direct::twice<M>>>, tasks);
      }
      EXPECT_EQ(sum, long{tasks} * (tasks - 1));
    }
  }
}

TYPED_TEST(every_model, hands_a_tasks_error_to_the_joiner_and_goes_on) {
  using M = TypeParam;
  M m{with_workers(2)};
  for (int round = 0; round < 20; ++round) {
    int tasks = 8;
    try {
      if constexpr (bench::awaits<M>) {
        m.run(bench::fn<&coroutine::sum_of<M, &coroutine::fail<M>>>, tasks);
      } else {
        m.run(bench::fn<&direct::sum_of<M, &direct::fail<M>>>, tasks);
      }
      FAIL() << "no error arrived";
    } catch (const std::exception& e) {
      EXPECT_NE(std::string{e.what()}.find("three is not welcome"), std::string::npos) << e.what();
    }
  }
}

TYPED_TEST(every_model, joins_one_group_more_than_once) {
  using M = TypeParam;
  M m{with_workers(2)};
  int tasks = 5;
  if constexpr (bench::awaits<M>) {
    EXPECT_EQ(m.run(bench::fn<&coroutine::twice_over<M>>, tasks), 20);
  } else {
    EXPECT_EQ(m.run(bench::fn<&direct::twice_over<M>>, tasks), 20);
  }
}

TYPED_TEST(every_model, gives_out_zeroed_memory) {
  TypeParam m{with_workers(1)};
  auto buffer = m.template buffer<int>(10'000);
  for (const int n : buffer) ASSERT_EQ(n, 0);
  buffer[9'999] = 1;
  EXPECT_EQ(buffer.size(), 10'000U);
}

}  // namespace
