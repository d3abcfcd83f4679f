// What a pool does while a worker that has died, or has run all that it shall, is being replaced: a
// gate holds the new process up as long as the test likes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "bench/base/process_tree.hpp"
#include "bench/measure/cost.hpp"
#include "models/process_pool.hpp"

namespace {

using models::process_pool;
using models::support::process_died;

constexpr const char* gate_variable = "CONTEND_TEST_GATE";

// Each process of this program comes here before it does anything else.
void pass_the_gate() {
  const char* const gate = std::getenv(gate_variable);
  struct stat file;
  while (gate != nullptr && ::stat(gate, &file) == 0) {
    if (file.st_size != 0) ::_exit(3);
    ::usleep(200);
  }
}
[[maybe_unused]] const int passed =
    (pass_the_gate(), ::pthread_atfork(nullptr, nullptr, &pass_the_gate));

class gate {
 public:
  gate() { ::setenv(gate_variable, path_.c_str(), 1); }
  ~gate() {
    open();
    ::unsetenv(gate_variable);
  }
  void shut() { std::ofstream{path_}; }
  void make_deadly() { std::ofstream{path_} << "deadly"; }
  void open() { std::filesystem::remove(path_); }

 private:
  const std::string path_ =
      std::filesystem::temp_directory_path() / ("contend_gate_" + std::to_string(::getpid()));
};

long square(process_pool&, long n) { return n * n; }
pid_t who(process_pool&) { return ::getpid(); }
void die(process_pool&) { ::raise(SIGKILL); }

class worker_replacement : public testing::TestWithParam<const char*> {
 protected:
  static bench::settings with(int workers, long max_tasks = 0) {
    bench::settings s;
    s.workers = workers;
    s.max_tasks_per_child = max_tasks;
    s.start_method = GetParam();
    return s;
  }

  // The pool's workers, those included that do not serve yet.
  static std::vector<pid_t> workers() {
    auto all = bench::descendants_of(::getpid());
    if (GetParam() == std::string{"forkserver"})
      std::erase_if(all, [children = bench::live_children()](pid_t pid) {
        return std::find(children.begin(), children.end(), pid) != children.end();
      });
    return all;
  }
  // Waits until there is a worker that is none of these.
  static pid_t worker_beside(process_pool& m, const std::set<pid_t>& others) {
    for (;; ::usleep(100)) {
      m.poll();
      for (const pid_t pid : workers())
        if (!others.contains(pid)) return pid;
    }
  }
  static void expect_to_serve_all(process_pool& m, std::size_t n) {
    for (std::set<pid_t> seen; seen.size() < n;)
      for (const pid_t pid : m.map(
               [](process_pool&, long) {
                 ::usleep(1'000);
                 return ::getpid();
               },
               std::vector<long>(8), 1))
        seen.insert(pid);
  }

  void TearDown() override {
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }

  gate gate_;
};

INSTANTIATE_TEST_SUITE_P(by, worker_replacement, testing::Values("fork", "forkserver", "spawn"),
                         [](const auto& method) { return std::string{method.param}; });

TEST_P(worker_replacement, the_others_go_on_while_that_of_a_killed_worker_starts) {
  process_pool m{with(2)};
  gate_.shut();
  EXPECT_THROW(m.apply(bench::fn<die>), process_died);
  std::set<pid_t> served;
  for (int i = 0; i < 1'000; ++i) served.insert(m.apply(bench::fn<who>));
  EXPECT_EQ(served.size(), 1U);
  EXPECT_EQ(workers().size(), 2U);
  std::vector<long> numbers(1'000), squares;
  std::iota(numbers.begin(), numbers.end(), 0L);
  for (const long n : numbers) squares.push_back(n * n);
  EXPECT_EQ(m.map(bench::fn<square>, numbers, 1), squares);
  gate_.open();
  expect_to_serve_all(m, 2);
}

TEST_P(worker_replacement, the_others_go_on_while_that_of_a_retired_worker_starts) {
  process_pool m{with(2, 5)};
  gate_.shut();
  // One can run five of them, so one retires and the other does what is left.
  EXPECT_EQ(m.map(bench::fn<square>, std::vector<long>(9, 3), 1), std::vector<long>(9, 9));
  const auto more = m.map_async(bench::fn<square>, std::vector<long>(50, 3), 1);
  EXPECT_FALSE(more.wait(5'000'000));
  gate_.open();
  EXPECT_EQ(more.get(), std::vector<long>(50, 9));
}

TEST_P(worker_replacement, tasks_that_no_worker_can_take_wait_for_it) {
  process_pool m{with(1)};
  gate_.shut();
  EXPECT_THROW(m.apply(bench::fn<die>), process_died);
  const auto call = m.apply_async(bench::fn<square>, 4L);
  EXPECT_FALSE(call.ready());
  EXPECT_FALSE(call.wait(5'000'000));
  gate_.open();
  EXPECT_EQ(call.get(), 16);
}

TEST_P(worker_replacement, one_that_is_killed_before_it_serves_fails_nothing) {
  process_pool m{with(1)};
  gate_.shut();
  std::set<pid_t> gone{m.apply(bench::fn<who>)};
  EXPECT_THROW(m.apply(bench::fn<die>), process_died);
  const auto call = m.apply_async(bench::fn<square>, 4L);
  for (int i = 0; i < 3; ++i) {
    const pid_t pid = worker_beside(m, gone);
    ::kill(pid, SIGKILL);
    gone.insert(pid);
  }
  EXPECT_FALSE(call.ready());
  gate_.open();
  EXPECT_EQ(call.get(), 16);
}

TEST_P(worker_replacement, where_each_dies_as_it_starts_the_tasks_fail_until_one_does_not) {
  process_pool m{with(1)};
  gate_.make_deadly();
  EXPECT_THROW(m.apply(bench::fn<die>), process_died);
  try {
    m.apply(bench::fn<square>, 4L);
    FAIL();
  } catch (const process_died& e) {
    EXPECT_THAT(e.what(),
                testing::MatchesRegex("no worker is left, and none can be started: worker [0-9]+ "
                                      "exited with status 3 while it started"));
  }
  gate_.open();
  EXPECT_EQ(m.apply(bench::fn<square>, 4L), 16);
}

TEST_P(worker_replacement, is_tried_for_a_caller_too_who_does_not_wait_but_polls) {
  process_pool m{with(1)};
  const auto polled = [&m] {
    const auto call = m.apply_async(bench::fn<square>, 4L);
    while (!call.ready()) ::usleep(100);
    return call;
  };
  gate_.make_deadly();
  EXPECT_THROW(m.apply(bench::fn<die>), process_died);
  EXPECT_FALSE(polled().successful());
  EXPECT_FALSE(polled().successful());
  gate_.open();
  EXPECT_EQ(polled().get(), 16);
}

TEST_P(worker_replacement, a_pool_may_go_while_one_starts) {
  {
    process_pool m{with(2)};
    gate_.shut();
    EXPECT_THROW(m.apply(bench::fn<die>), process_died);
  }
  process_pool m{[] {
    ::unsetenv(gate_variable);
    return with(2);
  }()};
  EXPECT_THROW(m.apply(bench::fn<die>), process_died);
  m.close();
  m.join();
  EXPECT_TRUE(workers().empty());
}

TEST_P(worker_replacement, what_a_killed_worker_had_but_did_not_run_is_run_by_another) {
  for (const long max_tasks : {0L, 2L, 3L}) {
    process_pool m{with(1, max_tasks)};
    const auto running = m.buffer<pid_t>(1);
    const auto held = m.apply_async(
        [](process_pool&, pid_t* pid) {
          std::atomic_ref{* pid} = ::getpid();
          for (;;) ::pause();
        },
        running.data());
    const auto next = m.apply_async(bench::fn<square>, 3L);  // in the same worker's hands
    const auto last = m.apply_async(bench::fn<square>, 4L);
    while (std::atomic_ref{running[0]} == 0) ::usleep(100);
    ::kill(running[0], SIGKILL);
    EXPECT_EQ(next.get(), 9);
    EXPECT_EQ(last.get(), 16);
    EXPECT_THROW(held.get(), process_died);
  }
}

// ProcessPoolExecutor has hung here: workers that retire while nothing new is given.
TEST_P(worker_replacement, a_closed_pool_replaces_those_that_retire_until_all_is_done) {
  for (const long max_tasks : {1L, 2L, 3L}) {
    process_pool m{with(1, max_tasks)};
    std::vector<models::support::async_result<long>> calls;
    for (long i = 0; i < 10; ++i) calls.push_back(m.apply_async(bench::fn<square>, i));
    m.close();
    m.join();
    for (long i = 0; i < 10; ++i) EXPECT_EQ(calls[static_cast<std::size_t>(i)].get(), i * i);
  }
}

TEST_P(worker_replacement, deaths_and_retirements_together_fail_only_who_died) {
  for (const long max_tasks : {1L, 2L, 3L}) {
    process_pool m{with(2, max_tasks)};
    std::vector<models::support::async_result<long>> calls;
    for (long i = 0; i < 40; ++i)
      calls.push_back(m.apply_async(
          [](process_pool&, long n) {
            if (n % 5 == 2) ::raise(SIGKILL);
            return n * n;
          },
          i));
    for (long i = 0; i < 40; ++i) {
      const auto& call = calls[static_cast<std::size_t>(i)];
      if (i % 5 == 2) {
        EXPECT_THROW(call.get(), process_died) << i;
      } else {
        EXPECT_EQ(call.get(), i * i);
      }
    }
  }
}

}  // namespace
