// The CPU time, the counts and the memory of a whole process tree.

#include "bench/measure/cost.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "bench/base/process_tree.hpp"
#include "bench/base/sanitizer.hpp"
#include "bench/measure/allocation_count.hpp"
#include "bench/measure/event_counts.hpp"

namespace {

constexpr double ns_per_s = 1e9;

double cpu_of(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / ns_per_s;
}

// Until this thread has used as much CPU time, however long that takes on a busy machine.
void burn(double seconds) {
  const double end = cpu_of(CLOCK_THREAD_CPUTIME_ID) + seconds;
  while (cpu_of(CLOCK_THREAD_CPUTIME_ID) < end) {
  }
}

// A child that does what it is told, over and over, and lives on.
class worker {
 public:
  explicit worker(auto&& work) {
    if (::pipe(go_) != 0 || ::pipe(done_) != 0) throw std::runtime_error{"pipe"};
    pid_ = ::fork();
    if (pid_ != 0) return;
    for (char byte = 0; ::read(go_[0], &byte, 1) == 1;) {
      work();
      if (::write(done_[1], "x", 1) != 1) break;
    }
    ::_exit(0);
  }
  ~worker() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  void run() {
    char byte = 0;
    if (::write(go_[1], "x", 1) != 1 || ::read(done_[0], &byte, 1) != 1)
      throw std::runtime_error{"worker"};
  }
  pid_t pid() const { return pid_; }

 private:
  int go_[2], done_[2];
  pid_t pid_;
};

double measured_s(const std::vector<pid_t>& children, auto&& work) {
  const bench::cost_meter meter{children};
  work();
  return static_cast<double>(meter.end().cpu_ns) / ns_per_s;
}

TEST(cost, has_the_second_that_a_live_child_burns_while_its_parent_idles) {
  worker child{[] { burn(1); }};
  EXPECT_NEAR(measured_s(bench::descendants_of(::getpid()), [&] { child.run(); }), 1, 0.05);
}

TEST(cost, has_what_a_grandchild_burns_that_lives_on) {
  worker child{[grand = static_cast<worker*>(nullptr)]() mutable {
    if (grand == nullptr) grand = new worker{[] { burn(0.5); }};
    grand->run();
  }};
  child.run();  // brings the grandchild into being
  const auto all = bench::descendants_of(::getpid());
  EXPECT_EQ(all.size(), 2U);
  EXPECT_NEAR(measured_s(all, [&] { child.run(); }), 0.5, 0.025);
  for (const pid_t pid : all)
    if (pid != child.pid()) ::kill(pid, SIGKILL);
}

TEST(cost, has_what_a_reaped_child_burned) {
  EXPECT_NEAR(measured_s({},
                         [] {
                           const pid_t child = ::fork();
                           if (child == 0) {
                             burn(0.5);
                             ::_exit(0);
                           }
                           ::waitpid(child, nullptr, 0);
                         }),
              0.5, 0.025);
}

TEST(cost, has_what_threads_burn_those_included_that_live_on) {
  std::jthread other;
  std::atomic<bool> burned = false;
  const double found = measured_s({}, [&] {
    other = std::jthread{[&](std::stop_token stop) {
      burn(0.5);
      burned = true;
      while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }};
    std::jthread{[] { burn(0.5); }}.join();
    while (!burned) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  });
  EXPECT_NEAR(found, 1, 0.05);
}

TEST(cost, counts_the_switches_and_faults_of_living_children) {
  worker child{[] {
    for (int i = 0; i < 50; ++i) ::usleep(100);
    auto* pages = static_cast<char*>(
        ::mmap(nullptr, 100 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (int i = 0; i < 100; ++i) pages[4096 * i] = 1;
  }};
  const auto all = bench::descendants_of(::getpid());
  const auto before = bench::counts_of(all);
  child.run();
  const auto used = bench::counts_of(all) - before;
  EXPECT_GE(used.voluntary_switches, 50);
  EXPECT_GE(used.page_faults, 100);
}

TEST(cost, shares_a_page_among_those_that_have_it) {
  if (bench::sanitized) GTEST_SKIP() << "a sanitizer keeps memory of its own";
  constexpr std::size_t bytes = 64UL << 20;
  auto* shared = static_cast<char*>(
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  for (std::size_t i = 0; i < bytes; i += 4096) shared[i] = 1;
  worker child{[&] {
    for (std::size_t i = 0; i < bytes; i += 4096) shared[i] = 2;
  }};
  child.run();
  const auto of_child = bench::memory_of(child.pid()), own = bench::memory_of(::getpid());
  EXPECT_NEAR(static_cast<double>(of_child.pss_bytes + own.pss_bytes), bytes + 8e6, 8e6);
  EXPECT_GT(own.page_table_bytes, static_cast<std::int64_t>(bytes / 4096 * 8));
  EXPECT_EQ(of_child.threads, 1);
  ::munmap(shared, bytes);
}

TEST(cost, knows_a_peak_that_is_over) {
  if (bench::sanitized) GTEST_SKIP() << "a sanitizer keeps memory of its own";
  bench::forget_peak(::getpid());
  const auto before = bench::peak_pss_bytes(::getpid());
  {
    std::vector<char> much(32UL << 20, 1);
    ASSERT_EQ(much.back(), 1);
  }
  const auto grown = bench::peak_pss_bytes(::getpid()) - before;
  EXPECT_NEAR(static_cast<double>(grown), 32 << 20, 4e6);
}

TEST(cost, counts_migrations_of_threads_that_are_made_later) {
  const bench::event_counts events;
  if (!events.now().migrations) GTEST_SKIP() << "the kernel does not let us count";
  cpu_set_t all;
  ::sched_getaffinity(0, sizeof all, &all);
  if (CPU_COUNT(&all) < 2) GTEST_SKIP() << "one processor";
  std::jthread{[&] {
    for (int turn = 0; turn < 20; ++turn)
      for (int cpu = 0, moved = 0; moved < 2; ++cpu) {
        if (!CPU_ISSET(cpu, &all)) continue;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        ::sched_setaffinity(0, sizeof one, &one);
        ++moved;
      }
  }}.join();
  EXPECT_GE(events.now().migrations.value(), 30);
}

void call_the_system(long times) {
  for (long i = 0; i < times; ++i) ::syscall(SYS_getppid);
}

// The calls of a child, which it makes itself or as another program.
std::int64_t calls_of_child(const bench::event_counts& events, const char* program) {
  const auto before = events.now().system_calls.value();
  const pid_t child = ::fork();
  if (child == 0) {
    call_the_system(1'000);
    if (program != nullptr) ::execl(program, program, nullptr);
    ::_exit(0);
  }
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  return events.now().system_calls.value() - before;
}

TEST(cost, counts_system_calls_of_threads_and_children_but_not_of_peers) {
  const bench::event_counts all, until_exec{false};
  if (!all.now().system_calls) GTEST_SKIP() << "the kernel does not let us count";
  std::jthread{[] { call_the_system(1'000); }}.join();
  EXPECT_NEAR(static_cast<double>(all.now().system_calls.value()), 1'000, 100);
  EXPECT_NEAR(static_cast<double>(calls_of_child(all, nullptr)), 1'000, 50);
  const auto with_program = calls_of_child(all, "/bin/true");
  const auto without = calls_of_child(until_exec, "/bin/true");
  EXPECT_GT(with_program, without);
  EXPECT_NEAR(static_cast<double>(without), 1'000, 20);
}

TEST(cost, counts_allocations_in_forked_children_too) {
  bench::allocation_count::start();
  for (int i = 0; i < 3; ++i) bench::allocation_count::note();
  const pid_t child = ::fork();
  if (child == 0) {
    bench::allocation_count::note();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(bench::allocation_count::now(), 4U);
}

}  // namespace
