#include "models/process_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/base/sanitizer.hpp"
#include "bench/contract/model.hpp"
#include "bench/contract/operations.hpp"
#include "bench/measure/cost.hpp"
#include "bench/measure/footprint.hpp"
#include "models/support/processes/process.hpp"

namespace {

using models::process_pool;
using models::support::process_died;
using models::support::remote_error;

static_assert(bench::model<process_pool>);
static_assert(bench::locks<process_pool> && bench::does_io<process_pool>);
static_assert(!bench::nests<process_pool> && !bench::waits<process_pool>);
static_assert(!bench::awaits<process_pool>);

bench::settings with(int workers, long chunk = 0, int spin = 500) {
  bench::settings s;
  s.workers = workers;
  s.chunk = chunk;
  s.spin = spin;
  return s;
}

// Whether this process is there and not a zombie.
bool lives(pid_t pid) {
  char state = 0;
  if (FILE* f = std::fopen(("/proc/" + std::to_string(pid) + "/stat").c_str(), "r")) {
    if (std::fscanf(f, "%*d %*s %c", &state) != 1) state = 0;
    std::fclose(f);
  }
  return state != 0 && state != 'Z' && state != 'X';
}

std::string error_of(process_pool::task_group& group) {
  try {
    group.join();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "no error";
}

// Every test ends with no child left, dead or alive.
class process_pool_model : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_TRUE(bench::live_children().empty());
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
};

long square(process_pool&, long n) { return n * n; }

void expect_squares(process_pool& m, long n) {
  std::vector<long> results(static_cast<std::size_t>(n));
  auto group = m.group();
  for (long i = 0; i < n; ++i)
    group.spawn(&results[static_cast<std::size_t>(i)], bench::fn<square>, i);
  group.join();
  for (long i = 0; i < n; ++i) ASSERT_EQ(results[static_cast<std::size_t>(i)], i * i);
}

TEST_F(process_pool_model, results_come_back_in_their_slots_whatever_the_chunk_and_the_workers) {
  for (const int workers : {1, 2, 5})
    for (const long chunk : {0L, 1L, 7L, 100'000L})
      for (const int spin : {0, 500}) {
        process_pool m{with(workers, chunk, spin)};
        for (const long n : {0L, 1L, 2L, 100L, 10'000L}) expect_squares(m, n);
      }
}

TEST_F(process_pool_model, tasks_run_in_the_same_few_processes) {
  process_pool m{with(3)};
  auto workers = bench::live_children();
  EXPECT_EQ(workers.size(), 3U);
  std::vector<pid_t> pids(100);
  auto group = m.group();
  for (auto& pid : pids) group.spawn(&pid, [](process_pool&) { return ::getpid(); });
  group.join();
  for (const pid_t pid : pids) EXPECT_THAT(workers, testing::Contains(pid));
}

TEST_F(process_pool_model, every_worker_gets_long_tasks) {
  process_pool m{with(4)};
  std::array<pid_t, 4> pids{};
  auto group = m.group();
  for (auto& pid : pids)
    group.spawn(&pid, [](process_pool&) {
      ::usleep(100'000);
      return ::getpid();
    });
  group.join();
  std::sort(pids.begin(), pids.end());
  EXPECT_EQ(std::unique(pids.begin(), pids.end()), pids.end());
}

TEST_F(process_pool_model, the_largest_arguments_and_results_fit_and_may_be_aligned) {
  struct alignas(32) wide {
    std::array<double, 28> values;
  };
  static_assert(sizeof(wide) == 224);
  process_pool m{with(2)};
  wide out{};
  auto group = m.group();
  group.spawn(
      &out,
      [](process_pool&, std::array<char, 200> in) {
        wide result{};
        result.values[27] = in[199];
        return result;
      },
      [] {
        std::array<char, 200> in{};
        in[199] = 42;
        return in;
      }());
  group.join();
  EXPECT_EQ(out.values[27], 42.0);
}

TEST_F(process_pool_model, a_large_result_lies_in_a_buffer_and_is_not_copied) {
  process_pool m{with(2)};
  constexpr std::size_t n = (8 << 20) / sizeof(long);
  const auto result = m.buffer<long>(n);
  auto group = m.group();
  group.spawn([](process_pool&, long* out) { std::iota(out, out + n, 0L); }, result.data());
  group.join();
  EXPECT_EQ(std::accumulate(result.begin(), result.end(), 0L), static_cast<long>(n * (n - 1) / 2));
}

TEST_F(process_pool_model, an_error_comes_back_with_its_type_and_the_others_are_finished) {
  process_pool m{with(2)};
  std::array<int, 50> results{};
  auto group = m.group();
  for (int i = 0; i < 50; ++i)
    group.spawn(
        &results[static_cast<std::size_t>(i)],
        [](process_pool&, int n) {
          if (n == 20) throw std::invalid_argument{"no such tile"};
          return 1;
        },
        i);
  try {
    group.join();
    FAIL();
  } catch (const remote_error& e) {
    EXPECT_EQ(e.kind(), "std::invalid_argument");
    EXPECT_STREQ(e.what(), "no such tile");
  }
  EXPECT_EQ(std::accumulate(results.begin(), results.end(), 0), 49);
  group.join();
  expect_squares(m, 10);
}

TEST_F(process_pool_model, groups_at_the_same_time_get_their_own_results_and_errors) {
  process_pool m{with(2)};
  std::array<long, 40> a{}, b{};
  auto first = m.group(), second = m.group();
  for (std::size_t i = 0; i < 40; ++i) {
    first.spawn(&a[i], bench::fn<square>, static_cast<long>(i));
    second.spawn(
        &b[i],
        [](process_pool&, long n) -> long {
          if (n == 7) throw std::runtime_error{"second"};
          return n + 1;
        },
        static_cast<long>(i));
  }
  first.join();
  for (long i = 0; i < 40; ++i) EXPECT_EQ(a[static_cast<std::size_t>(i)], i * i);
  EXPECT_EQ(error_of(second), "second");
}

TEST_F(process_pool_model, a_task_cannot_start_tasks) {
  process_pool m{with(1)};
  auto group = m.group();
  group.spawn([](process_pool& inner) { inner.group(); });
  EXPECT_EQ(error_of(group), "process_pool: a task cannot start tasks of its own");
}

TEST_F(process_pool_model, a_worker_that_dies_in_a_task_fails_that_task_alone_and_is_replaced) {
  for (const auto& [signal, name] : {std::pair{SIGKILL, "SIGKILL"}, {SIGSEGV, "SIGSEGV"}}) {
    process_pool m{with(2)};
    std::array<int, 30> results{};
    auto group = m.group();
    for (int i = 0; i < 30; ++i)
      group.spawn(
          &results[static_cast<std::size_t>(i)],
          [](process_pool&, int n, int how) {
            if (n == 11) {
              ::signal(how, SIG_DFL);
              ::raise(how);
            }
            return 1;
          },
          i, signal);
    EXPECT_THAT(error_of(group), testing::MatchesRegex(std::string{"worker [0-9]+ was killed by "} +
                                                       name + " while it ran this task"));
    EXPECT_EQ(std::accumulate(results.begin(), results.end(), 0), 29);
    EXPECT_EQ(bench::live_children().size(), 2U);
    expect_squares(m, 1000);
  }
}

TEST_F(process_pool_model, a_worker_that_exits_says_its_status) {
  process_pool m{with(1)};
  auto group = m.group();
  group.spawn([](process_pool&) { ::_exit(3); });
  EXPECT_THAT(error_of(group),
              testing::MatchesRegex("worker [0-9]+ exited with status 3 while it ran this task"));
  expect_squares(m, 10);
}

TEST_F(process_pool_model, a_death_is_noticed_at_once_by_a_parent_that_sleeps) {
  process_pool m{with(2, 0, 0)};
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    auto group = m.group();
    group.spawn([](process_pool&) {
      ::usleep(1000);
      ::raise(SIGKILL);
    });
    EXPECT_THROW(group.join(), process_died);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{5});
}

TEST_F(process_pool_model, idle_workers_that_were_killed_fail_nothing) {
  process_pool m{with(3)};
  for (int round = 0; round < 20; ++round) {
    for (const pid_t pid : bench::live_children()) ::kill(pid, SIGKILL);
    if (round % 2 == 0) ::usleep(2000);
    expect_squares(m, 100);
  }
}

TEST_F(process_pool_model, workers_killed_at_random_fail_only_the_tasks_they_ran) {
  std::random_device seed;
  const auto s = seed();
  SCOPED_TRACE(testing::Message() << "seed " << s);
  std::mt19937 random{s};
  process_pool m{with(2)};
  // The killer is a process of its own, which sees our children.
  for (int round = 0; round < 30; ++round) {
    const auto workers = bench::live_children();
    const auto delay = static_cast<useconds_t>(random() % 3000);
    const pid_t victim = workers[random() % workers.size()];
    const pid_t killer = models::support::fork_child();
    if (killer == 0) {
      ::usleep(delay);
      ::kill(victim, SIGKILL);
      ::_exit(0);
    }
    constexpr int n = 400;
    std::array<int, n> results{};
    auto group = m.group();
    for (auto& result : results)
      group.spawn(&result, [](process_pool&) {
        for (int i = 0; i < 5000; ++i) asm volatile("");
        return 1;
      });
    const auto error = error_of(group);
    const int done = std::accumulate(results.begin(), results.end(), 0);
    if (error == "no error") {
      EXPECT_EQ(done, n);
    } else {
      EXPECT_EQ(done, n - 1);
      EXPECT_THAT(error, testing::HasSubstr(std::to_string(victim) + " was killed by SIGKILL"));
    }
    models::support::reap(killer);
  }
}

TEST_F(process_pool_model, a_worker_killed_with_the_lock_gives_the_next_owner_an_error) {
  process_pool m{with(1)};
  const auto lock = bench::make<bench::mutex<process_pool>>(m);
  auto group = m.group();
  group.spawn(
      [](process_pool&, bench::mutex<process_pool>* l) {
        l->lock();
        ::raise(SIGKILL);
      },
      lock.get());
  EXPECT_THROW(group.join(), process_died);
  group.spawn([](process_pool&, bench::mutex<process_pool>* l) { l->lock(); }, lock.get());
  EXPECT_EQ(error_of(group), "the process that held the mutex died");
  group.spawn(
      [](process_pool&, bench::mutex<process_pool>* l) {
        l->lock();
        l->unlock();
      },
      lock.get());
  EXPECT_EQ(error_of(group), "no error");
}

TEST_F(process_pool_model, no_worker_outlives_a_parent_that_is_killed) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const process_pool m{with(3)};
    const auto workers = bench::live_children();
    if (::write(pipe[1], workers.data(), 3 * sizeof(pid_t)) < 0) ::_exit(1);
    for (;;) ::pause();
  }
  std::array<pid_t, 3> workers{};
  ASSERT_EQ(::read(pipe[0], workers.data(), sizeof workers), static_cast<ssize_t>(sizeof workers));
  ::kill(parent, SIGKILL);
  models::support::reap(parent);
  ::close(pipe[0]);
  ::close(pipe[1]);
  for (const pid_t pid : workers) {
    EXPECT_NE(pid, 0);
    for (int i = 0; i < 2000 && lives(pid); ++i) ::usleep(1000);
    EXPECT_FALSE(lives(pid));
  }
}

TEST_F(process_pool_model, an_idle_pool_uses_no_cpu) {
  process_pool m{with(2)};
  expect_squares(m, 100);
  ::usleep(20'000);
  const auto children = bench::live_children();
  const bench::cost_meter meter{children};
  ::usleep(200'000);
  EXPECT_LT(meter.end().cpu_ns, 20'000'000);
}

TEST_F(process_pool_model, works_on_one_processor) {
  cpu_set_t all, one;
  ::sched_getaffinity(0, sizeof all, &all);
  CPU_ZERO(&one);
  for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
  ::sched_setaffinity(0, sizeof one, &one);
  {
    process_pool m{with(3)};
    expect_squares(m, 5000);
  }
  ::sched_setaffinity(0, sizeof all, &all);
}

// A fork under a sanitizer copies its shadow memory too.
constexpr int many_pools = bench::sanitized ? 50 : 1000;

TEST_F(process_pool_model, a_thousand_pools_leave_nothing_behind) {
  { expect_squares(*std::make_unique<process_pool>(with(2)), 20); }
  const auto before = bench::footprint::now();
  for (int i = 0; i < many_pools; ++i) {
    process_pool m{with(2)};
    if (i % 10 == 0) expect_squares(m, 20);
  }
  EXPECT_EQ(bench::left_behind(before), "");
  // A leak would be one in each pool; allocators, a sanitizer's above all, map a few pieces for
  // good.
  EXPECT_LT(bench::footprint::now().mappings, before.mappings + many_pools / 10);
}

TEST_F(process_pool_model, too_many_workers_cannot_be) {
  EXPECT_FALSE(process_pool::cannot({}, with(2)));
  EXPECT_THAT(process_pool::cannot({}, with(1 << 30)).value_or(""),
              testing::HasSubstr("this system allows"));
}

TEST_F(process_pool_model, where_no_more_processes_are_allowed_building_it_says_so) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root to become a user without processes";
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit few{4, 4};
    ::setrlimit(RLIMIT_NPROC, &few);
    if (::setuid(54322) != 0) ::_exit(9);
    try {
      const process_pool m{with(16)};
    } catch (const std::system_error& e) {
      ::_exit(e.code().value() == EAGAIN && bench::live_children().empty() ? 0 : 2);
    }
    ::_exit(1);
  }
  EXPECT_EQ(models::support::ending(models::support::reap(child)), "exited with status 0");
}

TEST_F(process_pool_model, where_dead_workers_cannot_be_replaced_tasks_fail_and_nothing_hangs) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root to become a user without processes";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(54323) != 0) ::_exit(9);
    process_pool m{with(1)};
    const rlimit none{1, 1};
    ::setrlimit(RLIMIT_NPROC, &none);
    std::array<int, 3> results{};
    auto group = m.group();
    for (auto& r : results)
      group.spawn(&r, [](process_pool&) {
        ::raise(SIGKILL);
        return 1;
      });
    int failed = error_of(group).find("was killed by SIGKILL") != std::string::npos;
    group.spawn(&results[0], [](process_pool&) { return 1; });
    failed += error_of(group).find("no worker is left") != std::string::npos;
    ::_exit(failed);
  }
  EXPECT_EQ(models::support::ending(models::support::reap(child)), "exited with status 2");
}

}  // namespace
