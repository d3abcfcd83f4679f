// The programs of docs/coming-from.md: compiled, run, and held against the page by
// scripts/check_snippets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/offload.hpp"
#include "bench/contract/operations.hpp"
#include "bench/contract/supervision.hpp"
#include "models/process_pool.hpp"
#include "models/processes.hpp"
#include "tests/shared/supervising_models.hpp"

namespace {

using supervising::ms;

long slow_sum(long n) {
  std::this_thread::sleep_for(std::chrono::milliseconds{1});
  return n * (n + 1) / 2;
}

struct direct {
  template <class M>
  static long fetch(M& m, long i) {
    bench::sleep_for(m, i * ms);
    return 10 * i;
  }

  template <class M>
  static long gather(M& m) {
    std::array<long, 3> results;
    auto group = m.group();
    for (long i = 0; i < 3; ++i) group.spawn(&results[i], bench::fn<fetch<M>>, i);
    group.join();
    return results[0] + results[1] + results[2];
  }

  template <class M>
  static void as_completed(M&, bench::scope_of<M>& scope, std::vector<long>* order) {
    std::array<long, 3> results;
    for (long i = 0; i < 3; ++i) scope.spawn(&results[i], bench::fn<fetch<M>>, 20 * (3 - i));
    for (int i = 0; i < 3; ++i) {
      const auto done = scope.next();
      order->push_back(results[done.index()]);
    }
  }

  template <class M>
  static long wait_for_some(M&, bench::scope_of<M>& scope) {
    const auto quick = scope.spawn(bench::fn<fetch<M>>, 1L);
    const auto slow = scope.spawn(bench::fn<fetch<M>>, 60'000L);
    const bool all = scope.join_for(50 * ms);
    if (!all) slow.cancel();
    return quick.state() == bench::task_state::done ? 1 : 0;
  }

  template <class M>
  static long with_a_limit(M& m) {
    long result = -1;
    try {
      result = m.within(5 * ms, bench::fn<fetch<M>>, 60'000L);
    } catch (const bench::timed_out&) {
      result = 0;
    }
    return result;
  }

  template <class M>
  static void tidy(M& m, bool* tidied) {
    try {
      bench::sleep_for(m, 60'000 * ms);
    } catch (const bench::cancelled&) {
      *tidied = true;
      throw;
    }
  }
  template <class M>
  static void cancel(M& m, bench::scope_of<M>& scope, bool* tidied) {
    const auto task = scope.spawn(bench::fn<tidy<M>>, tidied);
    bench::sleep_for(m, 5 * ms);
    task.cancel();
  }

  template <class M>
  static long protect(M& m) {
    return m.shielded(bench::fn<fetch<M>>, 4L);
  }

  template <class M>
  static void explode(M&) {
    throw std::runtime_error{"boom"};
  }
  template <class M>
  static void first_failure(M&, bench::scope_of<M>& scope) {
    scope.spawn(bench::fn<fetch<M>>, 60'000L);
    scope.spawn(bench::fn<explode<M>>);
    scope.join();
  }
  template <class M>
  static std::string all_or_nothing(M& m) {
    std::string what;
    try {
      m.with_scope(bench::on_failure::cancel, bench::fn<first_failure<M>>);
    } catch (const std::runtime_error& e) {
      what = e.what();
    }
    return what;
  }

  template <class M>
  static void produce(M&, bench::channel<M, long>* queue, long n) {
    for (long i = 0; i < n; ++i) queue->send(i);
    queue->close();
  }
  template <class M>
  static long consume(M& m) {
    auto queue = bench::make<bench::channel<M, long>>(m, std::size_t{8});
    auto group = m.group();
    group.spawn(bench::fn<produce<M>>, queue.get(), 100L);
    long sum = 0;
    for (;;) {
      const auto item = queue->receive_or_end();
      if (!item) break;
      sum += *item;
    }
    group.join();
    return sum;
  }

  template <class M>
  static long in_executor(M& m) {
    const long sum = bench::offload(m, bench::fn<slow_sum>, 10L);
    return sum;
  }

  template <class M>
  static void in_scope_completed(M& m, std::vector<long>& order) {
    m.with_scope(bench::on_failure::go_on, bench::fn<as_completed<M>>, &order);
  }
  template <class M>
  static long in_scope_some(M& m) {
    const long n = m.with_scope(bench::on_failure::go_on, bench::fn<wait_for_some<M>>);
    return n;
  }
  template <class M>
  static bool in_scope_cancel(M& m) {
    bool tidied = false;
    m.with_scope(bench::on_failure::go_on, bench::fn<cancel<M>>, &tidied);
    return tidied;
  }

  template <class M>
  static void run_forever(M& m, typename M::event_loop& loop) {
    loop.serve(m);
  }
};

struct coroutine {
  template <class M>
  static bench::task_of<M, long> fetch(M& m, long i) {
    co_await bench::sleep_for(m, i * ms);
    co_return 10 * i;
  }

  template <class M>
  static bench::task_of<M, long> gather(M& m) {
    std::array<long, 3> results;
    auto group = m.group();
    for (long i = 0; i < 3; ++i) group.spawn(&results[i], bench::fn<fetch<M>>, i);
    co_await group.join();
    co_return results[0] + results[1] + results[2];
  }

  template <class M>
  static bench::task_of<M, void> as_completed(M&, bench::scope_of<M>& scope,
                                              std::vector<long>* order) {
    std::array<long, 3> results;
    for (long i = 0; i < 3; ++i) scope.spawn(&results[i], bench::fn<fetch<M>>, 20 * (3 - i));
    for (int i = 0; i < 3; ++i) {
      const auto done = co_await scope.next();
      order->push_back(results[done.index()]);
    }
  }

  template <class M>
  static bench::task_of<M, long> wait_for_some(M&, bench::scope_of<M>& scope) {
    const auto quick = scope.spawn(bench::fn<fetch<M>>, 1L);
    const auto slow = scope.spawn(bench::fn<fetch<M>>, 60'000L);
    const bool all = co_await scope.join_for(50 * ms);
    if (!all) slow.cancel();
    co_return quick.state() == bench::task_state::done ? 1 : 0;
  }

  template <class M>
  static bench::task_of<M, long> with_a_limit(M& m) {
    long result = -1;
    try {
      result = co_await m.within(5 * ms, bench::fn<fetch<M>>, 60'000L);
    } catch (const bench::timed_out&) {
      result = 0;
    }
    co_return result;
  }

  template <class M>
  static bench::task_of<M, void> tidy(M& m, bool* tidied) {
    try {
      co_await bench::sleep_for(m, 60'000 * ms);
    } catch (const bench::cancelled&) {
      *tidied = true;
      throw;
    }
  }
  template <class M>
  static bench::task_of<M, void> cancel(M& m, bench::scope_of<M>& scope, bool* tidied) {
    const auto task = scope.spawn(bench::fn<tidy<M>>, tidied);
    co_await bench::sleep_for(m, 5 * ms);
    task.cancel();
  }

  template <class M>
  static bench::task_of<M, long> protect(M& m) {
    co_return co_await m.shielded(bench::fn<fetch<M>>, 4L);
  }

  template <class M>
  static bench::task_of<M, void> explode(M&) {
    throw std::runtime_error{"boom"};
  }
  template <class M>
  static bench::task_of<M, void> first_failure(M&, bench::scope_of<M>& scope) {
    scope.spawn(bench::fn<fetch<M>>, 60'000L);
    scope.spawn(bench::fn<explode<M>>);
    co_await scope.join();
  }
  template <class M>
  static bench::task_of<M, std::string> all_or_nothing(M& m) {
    std::string what;
    try {
      co_await m.with_scope(bench::on_failure::cancel, bench::fn<first_failure<M>>);
    } catch (const std::runtime_error& e) {
      what = e.what();
    }
    co_return what;
  }

  template <class M>
  static bench::task_of<M, void> produce(M&, bench::channel<M, long>* queue, long n) {
    for (long i = 0; i < n; ++i) co_await queue->send(i);
    queue->close();
  }
  template <class M>
  static bench::task_of<M, long> consume(M& m) {
    auto queue = bench::make<bench::channel<M, long>>(m, std::size_t{8});
    auto group = m.group();
    group.spawn(bench::fn<produce<M>>, queue.get(), 100L);
    long sum = 0;
    for (;;) {
      const auto item = co_await queue->receive_or_end();
      if (!item) break;
      sum += *item;
    }
    co_await group.join();
    co_return sum;
  }

  template <class M>
  static bench::task_of<M, long> in_executor(M& m) {
    const long sum = co_await bench::offload(m, bench::fn<slow_sum>, 10L);
    co_return sum;
  }

  template <class M>
  static bench::task_of<M, void> in_scope_completed(M& m, std::vector<long>& order) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<as_completed<M>>, &order);
  }
  template <class M>
  static bench::task_of<M, long> in_scope_some(M& m) {
    const long n = co_await m.with_scope(bench::on_failure::go_on, bench::fn<wait_for_some<M>>);
    co_return n;
  }
  template <class M>
  static bench::task_of<M, bool> in_scope_cancel(M& m) {
    bool tidied = false;
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel<M>>, &tidied);
    co_return tidied;
  }

  template <class M>
  static bench::task_of<M, void> run_forever(M& m, typename M::event_loop& loop) {
    co_await loop.serve(m);
  }
};

template <class M>
class coming_from : public testing::Test {
 protected:
  M m{supervising::with_workers(1)};
};
TYPED_TEST_SUITE(coming_from, supervising::models_, supervising::names);

TYPED_TEST(coming_from, asyncio_gather) { EXPECT_EQ(CONTEND_RUN(this->m, gather), 30); }
TYPED_TEST(coming_from, asyncio_wait_for) { EXPECT_EQ(CONTEND_RUN(this->m, with_a_limit), 0); }
TYPED_TEST(coming_from, asyncio_shield) { EXPECT_EQ(CONTEND_RUN(this->m, protect), 40); }
TYPED_TEST(coming_from, asyncio_task_group) {
  EXPECT_EQ(CONTEND_RUN(this->m, all_or_nothing), "boom");
}
TYPED_TEST(coming_from, asyncio_queue) { EXPECT_EQ(CONTEND_RUN(this->m, consume), 4'950); }
TYPED_TEST(coming_from, asyncio_to_thread) { EXPECT_EQ(CONTEND_RUN(this->m, in_executor), 55); }

TYPED_TEST(coming_from, asyncio_as_completed) {
  std::vector<long> order;
  CONTEND_RUN(this->m, in_scope_completed, order);
  // 20 ms lie between them, which a busy machine may lose: the order is supervision_test's matter.
  EXPECT_THAT(order, testing::UnorderedElementsAre(200, 400, 600));
}
TYPED_TEST(coming_from, asyncio_wait) { EXPECT_EQ(CONTEND_RUN(this->m, in_scope_some), 1); }
TYPED_TEST(coming_from, asyncio_cancel) { EXPECT_TRUE(CONTEND_RUN(this->m, in_scope_cancel)); }

TYPED_TEST(coming_from, asyncio_loop) {
  using M = TypeParam;
  typename M::event_loop loop;
  long fetched = 0;
  std::vector<int> calls;
  loop.post([&] { calls.push_back(1); });
  loop.call_later(5 * ms, [&] { calls.push_back(2); });
  std::jthread gui{[&] {
    if constexpr (bench::awaits<M>) {
      auto future = loop.submit(bench::fn<&coroutine::fetch<M>>, 10L);
      fetched = future.get();
    } else {
      auto future = loop.submit(bench::fn<&direct::fetch<M>>, 10L);
      fetched = future.get();
    }
    loop.stop();
  }};
  CONTEND_RUN(this->m, run_forever, loop);
  gui.join();
  EXPECT_EQ(fetched, 100);
  EXPECT_THAT(calls, testing::ElementsAre(1, 2));
}

long square(models::process_pool&, long n) { return n * n; }
long map(models::process_pool& m) {
  std::array<long, 10> squares;
  auto group = m.group();
  for (long i = 0; i < 10; ++i) group.spawn(&squares[i], bench::fn<square>, i);
  group.join();
  return std::accumulate(squares.begin(), squares.end(), 0L);
}
TEST(coming_from_multiprocessing, pool_map) {
  models::process_pool m{supervising::with_workers(2)};
  EXPECT_EQ(m.run(bench::fn<map>), 285);
}

long power(models::process_pool&, long base, long exponent) {
  long result = 1;
  for (; exponent > 0; --exponent) result *= base;
  return result;
}
TEST(coming_from_multiprocessing, pool_map_async_and_starmap) {
  models::process_pool m{supervising::with_workers(2)};
  std::vector<long> numbers(10);
  std::iota(numbers.begin(), numbers.end(), 0L);
  long sum = 0;
  const auto all = m.map_async(
      {.callback = [&](const std::vector<long>& r) { sum = std::reduce(r.begin(), r.end()); }},
      bench::fn<square>, numbers);
  const std::vector<std::pair<long, long>> pairs{{2, 10}, {3, 2}};
  const std::vector<long> powers = m.starmap(bench::fn<power>, pairs);
  const auto again = m.starmap_async(bench::fn<power>, pairs);
  if (!again.wait(5'000 * ms)) throw bench::timed_out{};
  const bool well = again.successful();
  const std::vector<long> squares = all.get(5'000 * ms);
  EXPECT_EQ(squares[9], 81);
  EXPECT_EQ(sum, 285);
  EXPECT_EQ(powers, (std::vector<long>{1'024, 9}));
  EXPECT_TRUE(well && again.ready());
}

TEST(coming_from_multiprocessing, pool_calls) {
  models::process_pool m{supervising::with_workers(2)};
  std::vector<long> numbers(10);
  std::iota(numbers.begin(), numbers.end(), 0L);
  const long one = m.apply(bench::fn<square>, 7L);
  const std::vector<long> all = m.map(bench::fn<square>, numbers);
  long total = 0;
  auto results = m.imap_unordered(bench::fn<square>, numbers, 3);
  while (const auto n = results.next()) total += *n;
  EXPECT_EQ(one, 49);
  EXPECT_EQ(all[9], 81);
  EXPECT_EQ(total, 285);

  std::vector<long> done;
  std::vector<std::string> failed;
  const auto later = m.apply_async(
      {.callback = [&](long n) { done.push_back(n); },
       .error_callback = [&](const std::exception& e) { failed.push_back(e.what()); }},
      bench::fn<square>, 3L);
  const long nine = later.get();
  m.close();
  m.join();
  EXPECT_EQ(nine, 9);
  EXPECT_EQ(done, std::vector<long>{9});
  EXPECT_TRUE(failed.empty());
}

void fill(models::processes&, int* pixels, long n, int value) {
  for (long i = 0; i < n; ++i) pixels[i] = value;
}
int paint(models::processes& m) {
  auto pixels = m.buffer<int>(1'000);
  auto group = m.group();
  group.spawn(bench::fn<fill>, pixels.data(), 500L, 1);
  group.spawn(bench::fn<fill>, pixels.data() + 500, 500L, 2);
  group.join();
  return pixels[0] + pixels[999];
}
TEST(coming_from_multiprocessing, process_and_shared_memory) {
  models::processes m{supervising::with_workers(2)};
  EXPECT_EQ(m.run(bench::fn<paint>), 3);
}

}  // namespace
