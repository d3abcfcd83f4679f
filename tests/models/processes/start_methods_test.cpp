// How a pool's processes come to be: fork, forkserver and spawn, and what they see and inherit.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "bench/base/process_tree.hpp"
#include "bench/base/sanitizer.hpp"
#include "bench/contract/operations.hpp"
#include "bench/measure/cost.hpp"
#include "bench/measure/footprint.hpp"
#include "models/process_pool.hpp"
#include "models/support/processes/process.hpp"

namespace {

using models::process_pool;

// Needs its initialiser to have run.
const std::vector<std::string> words_of_this_program{"initialised", "before", "main"};
int changed_at_run_time = 1;

long sum_of(process_pool&, long a, long b) { return a + b; }

class start_method : public testing::TestWithParam<const char*> {
 protected:
  static bench::settings with(int workers) {
    bench::settings s;
    s.workers = workers;
    s.start_method = GetParam();
    return s;
  }
  static bool forks() { return GetParam() == std::string{"fork"}; }
  static bool has_server() { return GetParam() == std::string{"forkserver"}; }

  void TearDown() override {
    EXPECT_TRUE(bench::live_children().empty());
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
};

INSTANTIATE_TEST_SUITE_P(is, start_method, testing::Values("fork", "forkserver", "spawn"),
                         [](const auto& method) { return std::string{method.param}; });

TEST_P(start_method, tasks_run_and_share_the_models_memory) {
  process_pool m{with(3)};
  auto numbers = m.buffer<long>(1'000);
  auto group = m.group();
  for (long i = 0; i < 1'000; ++i)
    group.spawn([](process_pool&, long* at, long n) { *at = n; }, numbers.data() + i, i);
  group.join();
  for (long i = 0; i < 1'000; ++i) ASSERT_EQ(numbers[static_cast<std::size_t>(i)], i);
}

TEST_P(start_method, a_task_may_take_memory_and_its_parent_may_use_it) {
  process_pool m{with(1)};
  auto* const at = m.apply([](process_pool& here) {
    auto* const place = static_cast<long*>(here.allocate(sizeof(long)));
    *place = 42;
    return place;
  });
  EXPECT_EQ(*at, 42);
  m.deallocate(at, sizeof(long));
}

TEST_P(start_method, locks_are_common_to_all) {
  process_pool m{with(3)};
  struct counted {
    bench::mutex<process_pool> lock;
    long n = 0;
  };
  const auto counter = bench::make<counted>(m);
  auto group = m.group();
  for (int i = 0; i < 300; ++i)
    group.spawn(
        [](process_pool&, counted* c) {
          c->lock.lock();
          c->n = c->n + 1;
          c->lock.unlock();
        },
        counter.get());
  group.join();
  EXPECT_EQ(counter->n, 300);
}

TEST_P(start_method, globals_are_alive_and_as_the_parent_has_them_only_after_a_fork) {
  changed_at_run_time = 2;
  process_pool m{with(1)};
  EXPECT_EQ(m.apply([](process_pool&) { return words_of_this_program.back() == "main"; }), true);
  EXPECT_EQ(m.apply([](process_pool&) { return changed_at_run_time; }), forks() ? 2 : 1);
}

TEST_P(start_method, descriptors_are_inherited_only_by_a_fork) {
  const int fd = ::open("/dev/null", O_RDONLY);  // not close-on-exec
  const int high = ::fcntl(fd, F_DUPFD, 100);
  {
    process_pool m{with(1)};
    EXPECT_EQ(m.apply([](process_pool&, int n) { return ::fcntl(n, F_GETFD) >= 0; }, high),
              forks());
  }
  ::close(fd);
  ::close(high);
}

TEST_P(start_method, an_error_and_a_death_are_told_as_ever) {
  process_pool m{with(2)};
  try {
    m.apply([](process_pool&) { throw std::invalid_argument{"no such tile"}; });
    FAIL();
  } catch (const models::support::remote_error& e) {
    EXPECT_EQ(e.kind(), "std::invalid_argument");
    EXPECT_STREQ(e.what(), "no such tile");
  }
  for (int i = 0; i < 5; ++i) try {
      m.apply([](process_pool&) { ::raise(SIGKILL); });
      FAIL();
    } catch (const models::support::process_died& e) {
      EXPECT_THAT(e.what(), testing::MatchesRegex(
                                "worker [0-9]+ was killed by SIGKILL while it ran this task"));
    }
  EXPECT_EQ(m.apply(bench::fn<sum_of>, 1L, 2L), 3);
}

TEST_P(start_method, a_fork_server_that_is_killed_is_replaced) {
  if (!has_server()) GTEST_SKIP() << "has none";
  process_pool m{with(2)};
  for (int i = 0; i < 5; ++i) {
    const auto server = bench::live_children();
    ASSERT_EQ(server.size(), 1U);
    ::kill(server[0], SIGKILL);
    // Its workers go with it; what they run fails, or goes to their successors.
    for (int tries = 0; tries < 10; ++tries) try {
        EXPECT_EQ(m.apply(bench::fn<sum_of>, 1L, 2L), 3);
      } catch (const models::support::process_died&) {
      }
    EXPECT_EQ(m.apply(bench::fn<sum_of>, 1L, 2L), 3);
  }
}

TEST_P(start_method, no_process_outlives_a_parent_that_is_killed) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const process_pool m{with(3)};
    auto all = bench::descendants_of(::getpid());
    all.resize(4);
    if (::write(pipe[1], all.data(), 4 * sizeof(pid_t)) < 0) ::_exit(1);
    for (;;) ::pause();
  }
  std::array<pid_t, 4> all{};
  ASSERT_EQ(::read(pipe[0], all.data(), sizeof all), static_cast<ssize_t>(sizeof all));
  ::kill(parent, SIGKILL);
  models::support::reap(parent);
  ::close(pipe[0]);
  ::close(pipe[1]);
  EXPECT_EQ(all[3] != 0, has_server());
  for (const pid_t pid : all) {
    if (pid == 0) continue;
    for (int i = 0; i < 2000 && bench::memory_of(pid).threads != 0; ++i) ::usleep(1000);
    EXPECT_EQ(bench::memory_of(pid).threads, 0) << pid;
  }
}

TEST_P(start_method, several_pools_at_once_and_one_after_the_other_leave_nothing_behind) {
  const auto build = [] {
    process_pool a{with(1)}, b{with(2)};
    EXPECT_EQ(a.apply(bench::fn<sum_of>, 1L, 2L) + b.apply(bench::fn<sum_of>, 3L, 4L), 10);
  };
  build();
  const auto before = bench::footprint::now();
  const int pools = bench::sanitized ? 5 : 50;
  for (int i = 0; i < pools; ++i) build();
  EXPECT_EQ(bench::left_behind(before), "");
  if (bench::sanitized) return;  // its allocator maps as it likes
  EXPECT_LT(bench::footprint::now().mappings, before.mappings + pools / 2);
}

TEST_P(start_method, a_parent_with_threads_may_start_a_pool_unless_it_forks) {
  if (forks()) GTEST_SKIP() << "a fork copies the locks that other threads hold";
  std::atomic<bool> stop = false;
  // It holds the allocator's locks most of the time.
  std::jthread busy{[&] {
    while (!stop) std::vector<std::string>(100, std::string(50, 'x'));
  }};
  for (int i = 0; i < 10; ++i) {
    process_pool m{with(2)};
    EXPECT_EQ(m.apply(bench::fn<sum_of>, 1L, 2L), 3);
  }
  stop = true;
}

TEST(start_methods, that_do_not_fork_cost_the_same_whatever_the_parent_holds) {
  const auto page_tables = [](const char* method) {
    bench::settings s;
    s.workers = 1;
    s.start_method = method;
    process_pool m{s};
    return bench::memory_of(m.apply([](process_pool&) { return ::getpid(); })).page_table_bytes;
  };
  // 256 MiB have page tables of 512 KiB.
  const auto fork = page_tables("fork"), server = page_tables("forkserver"),
             spawn = page_tables("spawn");
  std::vector<char> big(std::size_t{256} << 20, 'x');
  EXPECT_GT(page_tables("fork") - fork, 256 << 10);
  EXPECT_LT(page_tables("forkserver") - server, 64 << 10);
  EXPECT_LT(page_tables("spawn") - spawn, 64 << 10);
  EXPECT_EQ(big.back(), 'x');
}

}  // namespace
