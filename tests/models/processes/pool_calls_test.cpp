// What multiprocessing.Pool documents, held against process_pool: apply, apply_async, map,
// map_async, starmap, starmap_async, imap, imap_unordered, their errors and callbacks, fresh
// workers, and the end of a pool.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bench/base/sanitizer.hpp"
#include "bench/contract/supervision.hpp"
#include "bench/measure/cost.hpp"
#include "bench/measure/footprint.hpp"
#include "models/process_pool.hpp"
#include "models/thread_pool.hpp"

namespace {

using models::process_pool;
using models::support::pool_closed;
using models::support::pool_terminated;
using models::support::process_died;
using models::support::remote_error;

const char* start_method = "fork";

bench::settings with(int workers, long max_tasks = 0, long chunk = 0) {
  bench::settings s;
  s.workers = workers;
  s.max_tasks_per_child = max_tasks;
  s.chunk = chunk;
  s.start_method = start_method;
  return s;
}

std::vector<long> numbers(long n) {
  std::vector<long> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0L);
  return all;
}

std::vector<long> squares(long n) {
  auto all = numbers(n);
  for (auto& x : all) x *= x;
  return all;
}

long square(process_pool&, long n) { return n * n; }
long fail_at_7(process_pool&, long n) {
  if (n == 7) throw std::invalid_argument{"seven is out of range"};
  return n;
}
long die_at_7(process_pool&, long n) {
  if (n == 7) ::raise(SIGKILL);
  return n;
}
long difference(process_pool&, long a, long b) {
  if (a == b) throw std::invalid_argument{"no difference"};
  return a - b;
}
long sleep_ms(process_pool&, long ms) {
  ::usleep(static_cast<useconds_t>(ms) * 1000);
  return ms;
}
pid_t who(process_pool&, long) { return ::getpid(); }

// Every test ends with no child left, dead or alive.
class pool_calls : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { start_method = GetParam(); }
  void TearDown() override {
    EXPECT_TRUE(bench::live_children().empty());
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
};

INSTANTIATE_TEST_SUITE_P(by, pool_calls, testing::Values("fork", "forkserver", "spawn"),
                         [](const auto& method) { return std::string{method.param}; });

TEST_P(pool_calls, apply_runs_a_task_in_a_worker_and_returns_its_result) {
  process_pool m{with(2)};
  EXPECT_EQ(m.apply(bench::fn<square>, 7L), 49);
  EXPECT_NE(m.apply(bench::fn<who>, 0L), ::getpid());
  auto place = m.buffer<long>(1);
  m.apply([](process_pool&, long* at) { *at = 5; }, place.data());
  EXPECT_EQ(place[0], 5);
}

TEST_P(pool_calls, an_error_rises_at_apply_with_its_kind_and_message) {
  process_pool m{with(1)};
  try {
    m.apply(bench::fn<fail_at_7>, 7L);
    FAIL();
  } catch (const remote_error& e) {
    EXPECT_EQ(e.kind(), "std::invalid_argument");
    EXPECT_STREQ(e.what(), "seven is out of range");
  }
  EXPECT_THROW(m.apply(bench::fn<die_at_7>, 7L), process_died);
  EXPECT_EQ(m.apply(bench::fn<square>, 3L), 9);
}

TEST_P(pool_calls, apply_async_is_there_to_be_waited_for) {
  process_pool m{with(2)};
  const auto slow = m.apply_async(bench::fn<sleep_ms>, 300L);
  const auto fast = m.apply_async(bench::fn<square>, 4L);
  EXPECT_FALSE(slow.ready());
  EXPECT_THROW(slow.successful(), std::logic_error);
  EXPECT_EQ(fast.get(), 16);
  EXPECT_EQ(fast.get(), 16);
  slow.wait();
  EXPECT_TRUE(slow.ready() && slow.successful());
  EXPECT_EQ(slow.get(), 300);
  const auto bad = m.apply_async(bench::fn<fail_at_7>, 7L);
  bad.wait();
  EXPECT_FALSE(bad.successful());
  EXPECT_THROW(bad.get(), remote_error);
  EXPECT_THROW(bad.get(), remote_error);
}

TEST_P(pool_calls, ready_becomes_true_for_who_only_polls) {
  process_pool m{with(1)};
  const auto call = m.apply_async(bench::fn<sleep_ms>, 2L);
  while (!call.ready()) ::usleep(200);
  EXPECT_EQ(call.get(), 2);
}

TEST_P(pool_calls, a_wait_may_have_a_limit_and_the_call_goes_on) {
  constexpr std::int64_t ms = 1'000'000;
  process_pool m{with(2)};
  const auto call = m.apply_async(bench::fn<sleep_ms>, 300L);
  EXPECT_FALSE(call.wait(0));
  EXPECT_FALSE(call.wait(ms));
  EXPECT_THROW(call.get(ms), bench::timed_out);
  EXPECT_EQ(call.get(60'000 * ms), 300);
  EXPECT_TRUE(call.wait(0));
  for (const bool ordered : {true, false}) {
    const std::vector<long> items{200};
    auto results =
        ordered ? m.imap(bench::fn<sleep_ms>, items) : m.imap_unordered(bench::fn<sleep_ms>, items);
    EXPECT_THROW(results.next(ms), bench::timed_out);
    EXPECT_EQ(results.next(60'000 * ms), 200);
    EXPECT_FALSE(results.next(0));
  }
}

TEST_P(pool_calls, callbacks_are_called_in_the_parent_before_the_call_is_ready) {
  process_pool m{with(2)};
  std::vector<long> results;
  std::vector<std::string> errors;
  for (long i = 0; i < 10; ++i)
    m.apply_async({.callback = [&](long n) { results.push_back(n); },
                   .error_callback = [&](const std::exception& e) { errors.push_back(e.what()); }},
                  bench::fn<fail_at_7>, i);
  EXPECT_TRUE(results.empty());
  const auto last =
      m.apply_async({.callback = [&](long n) { results.push_back(n); }}, bench::fn<square>, 10L);
  last.wait();
  EXPECT_THAT(results, testing::Contains(100));
  m.close();
  m.join();
  EXPECT_THAT(results, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6, 8, 9, 100));
  EXPECT_THAT(errors, testing::ElementsAre("seven is out of range"));
}

TEST_P(pool_calls, a_callback_may_give_the_pool_more_to_do_and_wait_for_it) {
  process_pool m{with(2)};
  long sum = 0;
  int depth = 0;
  const std::function<void(const long&)> again = [&](long n) {
    sum += n;
    sum += m.apply(bench::fn<square>, 1L);
    if (++depth < 50) m.apply_async({.callback = again}, bench::fn<square>, 2L);
  };
  m.apply_async({.callback = again}, bench::fn<square>, 2L);
  while (depth < 50) m.poll();
  EXPECT_EQ(sum, 50 * 5);
}

TEST_P(pool_calls, what_a_callback_throws_leaves_by_the_wait_that_made_it) {
  process_pool m{with(1)};
  const auto call = m.apply_async({.callback = [](long) { throw std::runtime_error{"callback"}; }},
                                  bench::fn<square>, 2L);
  EXPECT_THROW(call.wait(), std::runtime_error);
  EXPECT_EQ(call.get(), 4);
}

TEST_P(pool_calls, a_call_whose_result_nobody_holds_is_made_all_the_same) {
  process_pool m{with(2)};
  auto counts = m.buffer<long>(100);
  for (long i = 0; i < 100; ++i)
    m.apply_async([](process_pool&, long* at) { ++*at; }, counts.data() + i);
  m.close();
  m.join();
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0L), 100);
}

TEST_P(pool_calls, map_has_the_results_in_order_whatever_the_chunk) {
  for (const int workers : {1, 3}) {
    process_pool m{with(workers)};
    for (const long n : {0L, 1L, 2L, 100L, 5'000L})
      for (const std::size_t chunk : {0U, 1U, 7U, 10'000U})
        ASSERT_EQ(m.map(bench::fn<square>, numbers(n), chunk), squares(n)) << n << " by " << chunk;
  }
}

TEST_P(pool_calls, a_chunk_is_the_argument_or_the_setting_or_a_quarter_of_a_workers_share) {
  // Who ran each item: chunks are runs of one process, at the most.
  const auto runs = [](const std::vector<pid_t>& pids) {
    std::size_t n = 1;
    for (std::size_t i = 1; i < pids.size(); ++i) n += pids[i] != pids[i - 1];
    return n;
  };
  const auto all = numbers(800);
  process_pool m{with(2)};
  EXPECT_LE(runs(m.map(bench::fn<who>, all)), 8U);
  EXPECT_EQ(runs(m.map(bench::fn<who>, all, 800)), 1U);
  process_pool by_400{with(2, 0, 400)};
  EXPECT_LE(runs(by_400.map(bench::fn<who>, all)), 2U);
}

TEST_P(pool_calls, maps_chunks_are_shared_out_and_no_worker_hoards_them) {
  for (const long setting : {0L, 1L, 5L, 100L}) {
    process_pool m{with(2, 0, setting)};
    const auto pids = m.map(
        [](process_pool&, long) {
          ::usleep(2000);
          return ::getpid();
        },
        numbers(40), 5);
    EXPECT_EQ(std::set<pid_t>(pids.begin(), pids.end()).size(), 2U) << setting;
  }
}

TEST_P(pool_calls, map_throws_the_first_error_once_all_chunks_have_come_back) {
  process_pool m{with(2)};
  auto ran = m.buffer<int>(100);
  std::vector<int*> items;
  for (auto& r : ran) items.push_back(&r);
  struct position {
    int* at;
    long n;
  };
  std::vector<position> all;
  for (long i = 0; i < 100; ++i) all.push_back({&ran[static_cast<std::size_t>(i)], i});
  try {
    m.map(
        [](process_pool&, position p) {
          if (p.n == 20) throw std::out_of_range{"twenty"};
          *p.at = 1;
          return 0;
        },
        all, 1);
    FAIL();
  } catch (const remote_error& e) {
    EXPECT_EQ(e.kind(), "std::out_of_range");
  }
  EXPECT_EQ(std::accumulate(ran.begin(), ran.end(), 0), 99);
}

TEST_P(pool_calls, a_worker_that_dies_in_map_is_named_with_the_items_that_it_held) {
  process_pool m{with(2)};
  try {
    m.map(bench::fn<die_at_7>, numbers(20), 5);
    FAIL();
  } catch (const process_died& e) {
    EXPECT_THAT(e.what(),
                testing::MatchesRegex(
                    "worker [0-9]+ was killed by SIGKILL while it ran items 5 to 9 of map"));
  }
  EXPECT_EQ(m.map(bench::fn<square>, numbers(20)), squares(20));
}

TEST_P(pool_calls, starmap_spreads_each_item_over_the_arguments) {
  process_pool m{with(2)};
  std::vector<std::tuple<long, int>> tuples;
  std::vector<std::pair<long, int>> pairs;
  std::vector<std::array<long, 2>> arrays;
  std::vector<long> want;
  for (int i = 0; i < 100; ++i) {
    tuples.emplace_back(i, 100);
    pairs.emplace_back(i, 100);
    arrays.push_back({i, 100});
    want.push_back(i - 100);
  }
  for (const std::size_t chunk : {0U, 1U, 7U}) {
    EXPECT_EQ(m.starmap(bench::fn<difference>, tuples, chunk), want);
    EXPECT_EQ(m.starmap(bench::fn<difference>, pairs, chunk), want);
    EXPECT_EQ(m.starmap(bench::fn<difference>, arrays, chunk), want);
    EXPECT_EQ(m.starmap_async(bench::fn<difference>, tuples, chunk).get(), want);
  }
  tuples[5] = {7, 7};
  try {
    m.starmap(bench::fn<difference>, tuples);
    FAIL();
  } catch (const remote_error& e) {
    EXPECT_STREQ(e.what(), "no difference");
  }
}

TEST_P(pool_calls, map_async_is_there_to_be_waited_for) {
  process_pool m{with(2)};
  for (const std::size_t chunk : {0U, 1U, 7U, 10'000U}) {
    const auto all = m.map_async(bench::fn<square>, numbers(100), chunk);
    EXPECT_EQ(all.get(), squares(100));
    EXPECT_TRUE(all.ready() && all.successful());
  }
  const auto slow = m.map_async(bench::fn<sleep_ms>, std::vector<long>{300, 1}, 1);
  EXPECT_FALSE(slow.ready());
  EXPECT_THROW(slow.successful(), std::logic_error);
  EXPECT_FALSE(slow.wait(1'000'000));
  EXPECT_THROW(slow.get(1'000'000), bench::timed_out);
  EXPECT_EQ(slow.get(), (std::vector<long>{300, 1}));
  EXPECT_TRUE(slow.wait(0));
}

TEST_P(pool_calls, maps_under_way_at_the_same_time_get_their_own_results) {
  process_pool m{with(2)};
  std::vector<models::support::async_result<std::vector<long>>> maps;
  for (long n = 0; n < 40; ++n)
    maps.push_back(m.map_async(bench::fn<square>, numbers(n), static_cast<std::size_t>(n % 4)));
  for (long n = 39; n >= 0; --n) EXPECT_EQ(maps[static_cast<std::size_t>(n)].get(), squares(n));
}

TEST_P(pool_calls, the_callback_of_map_async_gets_all_results_at_once_also_of_no_items) {
  process_pool m{with(2)};
  std::vector<std::vector<long>> results;
  std::vector<std::string> errors;
  const models::support::pool_callbacks<std::vector<long>> both{
      .callback = [&](const std::vector<long>& all) { results.push_back(all); },
      .error_callback = [&](const std::exception& e) { errors.push_back(e.what()); }};
  const auto some = m.map_async(both, bench::fn<square>, numbers(50), 3);
  EXPECT_TRUE(results.empty());
  some.wait();
  EXPECT_THAT(results, testing::ElementsAre(squares(50)));
  const auto none = m.map_async(both, bench::fn<square>, numbers(0));
  EXPECT_EQ(none.get(), std::vector<long>{});
  EXPECT_EQ(results.size(), 2U);
  m.starmap_async(both, bench::fn<difference>, std::vector<std::pair<long, int>>{{3, 1}}).wait();
  EXPECT_EQ(results.back(), std::vector<long>{2});
  EXPECT_TRUE(errors.empty());
}

TEST_P(pool_calls, the_error_callback_of_map_async_gets_the_first_once_all_chunks_are_back) {
  process_pool m{with(2)};
  auto ran = m.buffer<std::atomic<int>>(1);
  std::vector<std::pair<std::atomic<int>*, long>> items;
  for (long i = 0; i < 20; ++i) items.emplace_back(ran.data(), i);
  std::vector<std::string> errors;
  int called = 0, ran_before = 0;
  const auto all = m.starmap_async(
      {.callback = [&](const std::vector<long>&) { ++called; },
       .error_callback =
           [&](const std::exception& e) {
             errors.push_back(e.what());
             ran_before = ran[0].load();
           }},
      [](process_pool& here, std::atomic<int>* count, long n) {
        const auto result = fail_at_7(here, n);
        ++*count;
        return result;
      },
      items, 1);
  all.wait();
  EXPECT_FALSE(all.successful());
  EXPECT_THROW(all.get(), remote_error);
  EXPECT_THAT(errors, testing::ElementsAre("seven is out of range"));
  EXPECT_EQ(ran_before, 19);
  EXPECT_EQ(called, 0);
}

TEST_P(pool_calls, a_worker_that_dies_in_map_async_is_named_with_the_items_that_it_held) {
  process_pool m{with(2)};
  const auto all = m.map_async(bench::fn<die_at_7>, numbers(20), 5);
  try {
    all.get();
    FAIL();
  } catch (const process_died& e) {
    EXPECT_THAT(e.what(),
                testing::MatchesRegex(
                    "worker [0-9]+ was killed by SIGKILL while it ran items 5 to 9 of map_async"));
  }
}

TEST_P(pool_calls, map_async_is_done_though_nobody_holds_its_result_and_ends_with_its_pool) {
  process_pool m{with(2)};
  long sum = 0;
  for (int i = 0; i < 20; ++i)
    m.map_async({.callback =
                     [&](const std::vector<long>& all) {
                       sum += std::accumulate(all.begin(), all.end(), 0L);
                     }},
                bench::fn<square>, numbers(10));
  while (sum != 20 * 285) m.poll();
  std::string error;
  const auto stuck =
      m.map_async({.error_callback = [&](const std::exception& e) { error = e.what(); }},
                  bench::fn<sleep_ms>, std::vector<long>(10, 10'000));
  m.terminate();
  m.join();
  EXPECT_THROW(stuck.get(), pool_terminated);
  EXPECT_THAT(error, testing::MatchesRegex(
                         "the pool was terminated before items 0 to [0-9] of map_async was done"));
  EXPECT_THROW(m.map_async(bench::fn<square>, numbers(1)), pool_closed);
  EXPECT_THROW(m.starmap(bench::fn<difference>, std::vector<std::pair<long, int>>{}), pool_closed);
}

TEST_P(pool_calls, imap_has_the_results_in_order_and_one_by_one) {
  process_pool m{with(2)};
  for (const std::size_t chunk : {1U, 4U, 100U}) {
    auto results = m.imap(bench::fn<square>, numbers(50), chunk);
    for (long i = 0; i < 50; ++i) ASSERT_EQ(results.next(), i * i);
    EXPECT_FALSE(results.next());
    EXPECT_FALSE(results.next());
  }
  EXPECT_FALSE(m.imap(bench::fn<square>, numbers(0)).next());
}

TEST_P(pool_calls, imap_hands_out_the_first_results_while_others_are_under_way) {
  process_pool m{with(2)};
  auto release = m.buffer<std::atomic<int>>(1);
  struct item {
    std::atomic<int>* release;
    long n;
  };
  std::vector<item> items;
  for (long i = 0; i < 4; ++i) items.push_back({release.data(), i});
  auto results = m.imap(
      [](process_pool&, item i) {
        while (i.n == 3 && i.release->load() == 0) ::usleep(100);
        return i.n;
      },
      items);
  for (long i = 0; i < 3; ++i) EXPECT_EQ(results.next(), i);
  release[0] = 1;
  EXPECT_EQ(results.next(), 3);
}

TEST_P(pool_calls, imap_unordered_has_them_as_they_come) {
  process_pool m{with(2)};
  auto slow_first = m.imap_unordered(bench::fn<sleep_ms>, std::vector<long>{300, 1});
  EXPECT_EQ(slow_first.next(), 1);
  EXPECT_EQ(slow_first.next(), 300);
  EXPECT_FALSE(slow_first.next());
  auto results = m.imap_unordered(bench::fn<square>, numbers(1'000), 7);
  long sum = 0;
  while (const auto n = results.next()) sum += *n;
  const auto want = squares(1'000);
  EXPECT_EQ(sum, std::accumulate(want.begin(), want.end(), 0L));
}

TEST_P(pool_calls, an_error_of_imap_is_that_of_its_item_and_the_others_come) {
  process_pool m{with(2)};
  auto in_order = m.imap(bench::fn<fail_at_7>, numbers(10));
  for (long i = 0; i < 10; ++i)
    if (i == 7) {
      EXPECT_THROW(in_order.next(), remote_error);
    } else {
      EXPECT_EQ(in_order.next(), i);
    }
  auto by_chunks = m.imap_unordered(bench::fn<die_at_7>, numbers(10), 2);
  int right = 0, failed = 0;
  for (;;) try {
      const auto n = by_chunks.next();
      if (!n) break;
      ++right;
    } catch (const process_died& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr("while it ran items 6 to 7 of imap_unordered"));
      ++failed;
    }
  EXPECT_EQ(right, 8);
  EXPECT_EQ(failed, 2);
}

TEST_P(pool_calls, results_of_imap_may_be_dropped) {
  process_pool m{with(2)};
  for (int i = 0; i < 20; ++i) {
    auto results = m.imap(bench::fn<square>, numbers(100), 3);
    EXPECT_EQ(results.next(), 0);
  }
  EXPECT_EQ(m.map(bench::fn<square>, numbers(100)), squares(100));
}

TEST_P(pool_calls, a_worker_is_replaced_after_max_tasks_per_child) {
  process_pool m{with(2, 10)};
  std::map<pid_t, int> tasks;
  for (const auto pid : m.map(bench::fn<who>, numbers(200), 1)) ++tasks[pid];
  EXPECT_GE(tasks.size(), 20U);
  for (const auto& [pid, n] : tasks) EXPECT_LE(n, 10);
  EXPECT_EQ(bench::live_children().size(), GetParam() == std::string{"forkserver"} ? 1U : 2U);
  // A chunk is one task.
  tasks.clear();
  for (const auto pid : m.map(bench::fn<who>, numbers(200), 50)) ++tasks[pid];
  EXPECT_LE(tasks.size(), 4U);
  process_pool each{with(1, 1)};
  std::set<pid_t> fresh;
  for (int i = 0; i < 5; ++i) fresh.insert(each.apply(bench::fn<who>, 0L));
  EXPECT_EQ(fresh.size(), 5U);
}

TEST_P(pool_calls, a_closed_pool_refuses_new_tasks_and_finishes_the_old) {
  process_pool m{with(2)};
  std::vector<models::support::async_result<long>> calls;
  for (long i = 0; i < 50; ++i) calls.push_back(m.apply_async(bench::fn<square>, i));
  m.close();
  EXPECT_THROW(m.apply(bench::fn<square>, 1L), pool_closed);
  EXPECT_THROW(m.apply_async(bench::fn<square>, 1L), pool_closed);
  EXPECT_THROW(m.map(bench::fn<square>, numbers(3)), pool_closed);
  EXPECT_THROW(m.imap(bench::fn<square>, numbers(3)), pool_closed);
  try {
    auto group = m.group();
    group.spawn(bench::fn<square>, 1L);
    FAIL();
  } catch (const pool_closed& e) {
    EXPECT_STREQ(e.what(), "the pool takes no more tasks: it was closed");
  }
  m.join();
  EXPECT_TRUE(bench::live_children().empty());
  for (long i = 0; i < 50; ++i) EXPECT_EQ(calls[static_cast<std::size_t>(i)].get(), i * i);
  m.join();
}

TEST_P(pool_calls, join_of_an_open_pool_is_an_error) {
  process_pool m{with(1)};
  EXPECT_THROW(m.join(), std::logic_error);
  EXPECT_EQ(m.apply(bench::fn<square>, 2L), 4);
}

TEST_P(pool_calls, terminate_stops_workers_at_once_and_fails_what_is_under_way) {
  process_pool m{with(2)};
  const auto done = m.apply_async(bench::fn<square>, 3L);
  done.wait();
  std::string error;
  const auto stuck =
      m.apply_async({.error_callback = [&](const std::exception& e) { error = e.what(); }},
                    [](process_pool&) -> long {
                      for (;;) ::pause();
                    });
  std::vector<models::support::async_result<long>> waiting;
  for (long i = 0; i < 600; ++i) waiting.push_back(m.apply_async(bench::fn<sleep_ms>, 1'000L));
  auto results = m.imap(bench::fn<sleep_ms>, std::vector<long>{1'000});
  m.terminate();
  EXPECT_TRUE(bench::live_children().empty());
  EXPECT_EQ(error, "");
  m.join();
  EXPECT_EQ(error, "the pool was terminated before this call was done");
  EXPECT_EQ(done.get(), 9);
  EXPECT_THROW(stuck.get(), pool_terminated);
  for (const auto& call : waiting) EXPECT_THROW(call.get(), pool_terminated);
  EXPECT_THROW(results.next(), pool_terminated);
  EXPECT_THROW(m.apply(bench::fn<square>, 1L), pool_closed);
  m.terminate();
}

TEST_P(pool_calls, a_pool_that_goes_with_calls_under_way_calls_nobody_back) {
  int calls = 0;
  {
    process_pool m{with(2)};
    for (int i = 0; i < 20; ++i)
      m.apply_async({.callback = [&](long) { ++calls; },
                     .error_callback = [&](const std::exception&) { ++calls; }},
                    bench::fn<sleep_ms>, 1'000L);
  }
  EXPECT_EQ(calls, 0);
}

TEST_P(pool_calls, a_task_cannot_use_the_pool) {
  process_pool m{with(1)};
  EXPECT_THROW(m.apply([](process_pool& inner) { inner.apply(bench::fn<square>, 1L); }),
               remote_error);
  EXPECT_THROW(m.apply([](process_pool& inner) { inner.map(bench::fn<square>, numbers(2)); }),
               remote_error);
}

// Enough that a leak of one descriptor, child, mapping or page for each would be seen.
TEST_P(pool_calls, many_operations_leave_nothing_behind) {
  const int rounds = bench::sanitized ? 200 : 2'000;
  process_pool m{with(2, 500)};
  const auto all = numbers(50);
  const auto round = [&] {
    ASSERT_EQ(m.map(bench::fn<square>, all), squares(50));
    ASSERT_EQ(m.map(bench::fn<square>, all, 1), squares(50));
    auto results = m.imap_unordered(bench::fn<fail_at_7>, all, 5);
    long n = 0;
    for (int i = 0; i < 50; ++i) try {
        results.next();
      } catch (const remote_error&) {
        ++n;
      }
    ASSERT_EQ(n, 5);
    long called = 0;
    const auto call = m.apply_async({.callback = [&](long) { ++called; }}, bench::fn<square>, 3L);
    ASSERT_EQ(call.get() + called, 10);
    ASSERT_EQ(m.apply(bench::fn<square>, 2L), 4);
  };
  for (int i = 0; i < 20; ++i) round();
  const auto before = bench::footprint::now();
  // First fit: it lies here again only if all that was taken has been given back.
  const auto place = m.buffer<char>(1 << 20).data();
  for (int i = 0; i < rounds; ++i) round();
  EXPECT_EQ(m.buffer<char>(1 << 20).data(), place);
  EXPECT_EQ(bench::left_behind(before), "");
  EXPECT_LE(bench::footprint::now().mappings, before.mappings + 5);
}

// A pool of threads has a map too, which means the same.
long cube(models::thread_pool&, long n) {
  if (n == 13) throw std::invalid_argument{"thirteen"};
  return n * n * n;
}
std::vector<long> cubes(models::thread_pool& m, const long& n, const std::size_t& chunk) {
  return m.map(bench::fn<cube>, numbers(n), chunk);
}

TEST(thread_pool_map, has_the_results_in_order_whatever_the_chunk_and_throws_what_a_task_threw) {
  for (const int workers : {1, 3}) {
    models::thread_pool m{with(workers)};
    for (const long n : {0L, 1L, 12L})
      for (const std::size_t chunk : {0U, 1U, 5U, 100U}) {
        const auto results = m.run(bench::fn<cubes>, n, chunk);
        ASSERT_EQ(results.size(), static_cast<std::size_t>(n));
        for (long i = 0; i < n; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)], i * i * i);
      }
    const long too_many = 20;
    const std::size_t chunk = 3;
    EXPECT_THROW(m.run(bench::fn<cubes>, too_many, chunk), std::invalid_argument);
  }
}

}  // namespace
