#include "models/processes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/contract/model.hpp"
#include "bench/contract/operations.hpp"
#include "bench/measure/footprint.hpp"

namespace {

using models::processes;
using models::support::process_died;
using models::support::remote_error;

static_assert(bench::model<processes>);
static_assert(bench::nests<processes> && bench::waits<processes> && bench::does_io<processes>);
static_assert(!bench::awaits<processes>);

// Every test ends with no child left, dead or alive.
class processes_model : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(bench::footprint::now().children, 0);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
  processes m_{bench::settings{}};
};

std::string error_of(processes::task_group& group) {
  try {
    group.join();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "no error";
}

TEST_F(processes_model, results_come_back_in_their_slots) {
  std::array<long, 20> results{};
  auto group = m_.group();
  for (long i = 0; i < 20; ++i)
    group.spawn(
        &results[i], [](processes&, long n) { return n * n; }, i);
  group.join();
  for (long i = 0; i < 20; ++i) EXPECT_EQ(results[i], i * i);
}

TEST_F(processes_model, a_task_runs_in_a_process_of_its_own_and_changes_nothing_here) {
  static int here = 1;
  std::array<pid_t, 2> pids{};
  auto group = m_.group();
  for (auto& pid : pids)
    group.spawn(&pid, [](processes&) {
      here = 2;
      return ::getpid();
    });
  group.join();
  EXPECT_NE(pids[0], ::getpid());
  EXPECT_NE(pids[0], pids[1]);
  EXPECT_EQ(here, 1);
}

long sum_of_tree(processes& m, int depth) {
  if (depth == 0) return 1;
  std::array<long, 3> sums{};
  auto group = m.group();
  for (auto& sum : sums) group.spawn(&sum, bench::fn<sum_of_tree>, depth - 1);
  group.join();
  return std::accumulate(sums.begin(), sums.end(), 0L);
}

TEST_F(processes_model, tasks_start_tasks_of_their_own) { EXPECT_EQ(sum_of_tree(m_, 3), 27); }

TEST_F(processes_model, a_buffer_is_shared_with_the_tasks) {
  const auto numbers = m_.buffer<int>(1000);
  auto group = m_.group();
  for (int part = 0; part < 4; ++part)
    group.spawn(
        [](processes&, int* data, int first) {
          for (int i = 0; i < 250; ++i) data[first + i] = first + i;
        },
        numbers.data(), part * 250);
  group.join();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(numbers[static_cast<std::size_t>(i)], i);
}

TEST_F(processes_model, a_task_may_allocate_for_its_own_tasks) {
  int sum = 0;
  auto group = m_.group();
  group.spawn(&sum, [](processes& m) {
    const auto numbers = m.buffer<int>(2);
    auto inner = m.group();
    inner.spawn([](processes&, int* n) { *n = 40; }, numbers.data());
    inner.spawn([](processes&, int* n) { *n = 2; }, numbers.data() + 1);
    inner.join();
    return numbers[0] + numbers[1];
  });
  group.join();
  EXPECT_EQ(sum, 42);
}

TEST_F(processes_model, an_error_comes_back_with_its_type_and_message) {
  auto group = m_.group();
  group.spawn([](processes&) { throw std::invalid_argument{"no such tile"}; });
  try {
    group.join();
    FAIL();
  } catch (const remote_error& e) {
    EXPECT_EQ(e.kind(), "std::invalid_argument");
    EXPECT_STREQ(e.what(), "no such tile");
  }
}

TEST_F(processes_model, an_error_from_a_nested_task_keeps_its_type) {
  auto group = m_.group();
  group.spawn([](processes& m) {
    auto inner = m.group();
    inner.spawn([](processes&) { throw std::out_of_range{"deep"}; });
    inner.join();
  });
  try {
    group.join();
    FAIL();
  } catch (const remote_error& e) {
    EXPECT_EQ(e.kind(), "std::out_of_range");
  }
}

TEST_F(processes_model, a_long_message_is_cut_and_a_foreign_exception_is_named) {
  auto group = m_.group();
  group.spawn([](processes&) { throw std::runtime_error{std::string(10'000, 'x')}; });
  EXPECT_EQ(error_of(group), std::string(175, 'x'));
  group.spawn([](processes&) { throw 42; });
  try {
    group.join();
    FAIL();
  } catch (const remote_error& e) {
    EXPECT_EQ(e.kind(), "int");
  }
}

TEST_F(processes_model, the_other_tasks_of_a_failed_group_are_finished) {
  std::array<int, 4> results{};
  auto group = m_.group();
  for (int i = 0; i < 4; ++i)
    group.spawn(
        &results[static_cast<std::size_t>(i)],
        [](processes&, int n) {
          if (n == 1) throw std::runtime_error{"one"};
          return n + 1;
        },
        i);
  EXPECT_EQ(error_of(group), "one");
  EXPECT_EQ(results, (std::array{1, 0, 3, 4}));
  group.join();  // the error was delivered; the group can be used again
}

TEST_F(processes_model, a_killed_task_says_which_signal) {
  auto group = m_.group();
  group.spawn([](processes&) { ::raise(SIGKILL); });
  EXPECT_THAT(error_of(group), testing::MatchesRegex("task process [0-9]+ was killed by SIGKILL"));
}

TEST_F(processes_model, a_task_that_exits_says_its_status) {
  auto group = m_.group();
  group.spawn([](processes&) { ::_exit(3); });
  EXPECT_THAT(error_of(group), testing::MatchesRegex("task process [0-9]+ exited with status 3"));
}

TEST_F(processes_model, a_group_that_is_not_joined_leaves_no_child) {
  {
    auto group = m_.group();
    for (int i = 0; i < 5; ++i) group.spawn([](processes&) { ::usleep(1000); });
  }
  EXPECT_EQ(bench::footprint::now().children, 0);
}

TEST_F(processes_model, tasks_die_with_their_parent) {
  const auto grandchild = bench::make<std::atomic<pid_t>>(m_, 0);
  auto group = m_.group();
  group.spawn(
      [](processes& m, std::atomic<pid_t>* pid) {
        auto inner = m.group();
        inner.spawn(
            [](processes&, std::atomic<pid_t>* mine) {
              mine->store(::getpid());
              for (;;) ::pause();
            },
            pid);
        while (pid->load() == 0) ::usleep(100);
        ::raise(SIGKILL);
      },
      grandchild.get());
  EXPECT_THROW(group.join(), process_died);
  const std::string stat = "/proc/" + std::to_string(grandchild->load()) + "/stat";
  const auto running = [&] {  // gone, or a zombie that init has not reaped yet
    char state = 0;
    if (FILE* f = std::fopen(stat.c_str(), "r")) {
      if (std::fscanf(f, "%*d %*s %c", &state) != 1) state = 0;
      std::fclose(f);
    }
    return state != 0 && state != 'Z' && state != 'X';
  };
  for (int i = 0; i < 2000 && running(); ++i) ::usleep(1000);
  EXPECT_FALSE(running());
}

TEST_F(processes_model, a_childs_exit_runs_no_exit_handler_and_writes_no_buffer_twice) {
  const std::string path = testing::TempDir() + "processes_test_" + std::to_string(::getpid());
  FILE* const file = std::fopen(path.c_str(), "w");
  std::fputs("once\n", file);  // stays in the buffer across the fork
  static const pid_t mine = ::getpid();
  std::atexit([] {
    if (::getpid() != mine) ::abort();
  });
  auto group = m_.group();
  for (int i = 0; i < 4; ++i) group.spawn([](processes&) {});
  group.join();
  std::fclose(file);
  std::array<char, 64> text{};
  FILE* const again = std::fopen(path.c_str(), "r");
  EXPECT_EQ(std::fread(text.data(), 1, text.size(), again), 5U);
  std::fclose(again);
  std::remove(path.c_str());
}

TEST_F(processes_model, a_child_that_is_not_ours_is_left_alone) {
  const pid_t other = ::fork();
  if (other == 0) ::_exit(7);
  auto group = m_.group();
  for (int i = 0; i < 10; ++i) group.spawn([](processes&) {});
  group.join();
  int status = 0;
  EXPECT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

// Ten thousand that looked twenty times a second would leave no processor for who works.
TEST_F(processes_model, who_waits_for_long_looks_ever_more_rarely) {
  constexpr int tasks = 20;
  const auto go = bench::make<bench::event<processes>>(m_);
  const auto switches = [] {
    rusage reaped{};
    ::getrusage(RUSAGE_CHILDREN, &reaped);
    return reaped.ru_nvcsw;
  };
  const auto before = switches();
  auto group = m_.group();
  for (int i = 0; i < tasks; ++i)
    group.spawn([](processes&, bench::event<processes>* e) { e->wait(); }, go.get());
  ::usleep(1'000'000);  // after 50, 150, 350 and 750 ms
  go->set();
  group.join();
  EXPECT_LE(switches() - before, tasks * 12);
}

TEST_F(processes_model, more_tasks_than_the_system_allows_cannot_be) {
  EXPECT_FALSE(processes::cannot({.tasks = 100, .live = 100}, {}));
  const auto reason = processes::cannot({.tasks = 1L << 30, .live = 1L << 30}, {});
  ASSERT_TRUE(reason);
  EXPECT_THAT(*reason, testing::HasSubstr("this system allows"));
}

TEST_F(processes_model,
       where_no_more_processes_are_allowed_spawn_says_so_and_the_others_are_joined) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root to become a user without processes";
  auto group = m_.group();
  // In a child, because the limit counts all processes of a user and root has none.
  struct answer {
    char error[256];
    int finished;
  } a{};
  group.spawn(&a, [](processes& m) {
    const rlimit few{8, 8};
    ::setrlimit(RLIMIT_NPROC, &few);
    if (::setuid(54321) != 0) ::_exit(9);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    answer result{};
    std::array<int, 50> done{};
    auto inner = m.group();
    try {
      for (auto& d : done)
        inner.spawn(&d, [](processes&) {
          ::usleep(50'000);
          return 1;
        });
    } catch (const std::system_error& e) {
      std::snprintf(result.error, sizeof result.error, "%d %s", e.code().value(), e.what());
    }
    inner.join();
    result.finished = std::accumulate(done.begin(), done.end(), 0);
    return result;
  });
  group.join();
  EXPECT_THAT(a.error,
              testing::StartsWith(std::to_string(EAGAIN) + " fork: the limits (ulimit -u"));
  EXPECT_GE(a.finished, 1);
  EXPECT_LE(a.finished, 8);
}

TEST_F(processes_model, many_groups_leave_shared_memory_as_they_found_it) {
  char* const first = static_cast<char*>(m_.allocate(64));
  m_.deallocate(first, 64);
  for (int i = 0; i < 50; ++i) {
    std::array<int, 4> results{};
    auto group = m_.group();
    for (auto& r : results) group.spawn(&r, [](processes&) { return 1; });
    group.join();
  }
  EXPECT_EQ(m_.allocate(64), first);
}

}  // namespace
