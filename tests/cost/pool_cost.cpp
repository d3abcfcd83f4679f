// What a task of process_pool costs above the two sleeps and wake-ups that it cannot do without:
// run with --benchmark_enable_random_interleaving=true.

#include <benchmark/benchmark.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "bench/contract/model.hpp"
#include "models/process_pool.hpp"
#include "models/support/base/futex.hpp"

namespace {

using models::process_pool;
using models::support::futex_scope;
using models::support::futex_word;

struct message {
  std::array<std::byte, 64> bytes{};
};
constexpr std::size_t large = 8UL << 20;

// While it lives, this process and those that it forks run on its first processor alone.
class on_one_processor {
 public:
  on_one_processor() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t first;
    CPU_ZERO(&first);
    int i = 0;
    while (!CPU_ISSET(i, &before_)) ++i;
    CPU_SET(i, &first);
    ::sched_setaffinity(0, sizeof first, &first);
  }
  ~on_one_processor() { ::sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

bench::settings one_worker() {
  bench::settings s;
  s.workers = 1;
  return s;
}

void hand_over(futex_word& to) {
  to.store(1, std::memory_order_release);
  futex_wake(to, 1, futex_scope::system);
}
void await(futex_word& mine) {
  while (mine.load(std::memory_order_acquire) == 0) futex_wait(mine, 0, futex_scope::system);
  mine.store(0, std::memory_order_relaxed);
}

// The floor: two processes on one processor, each of which wakes the other and sleeps.
void futex_round_trip(benchmark::State& state) {
  const on_one_processor here;
  auto* words = static_cast<futex_word*>(
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  auto& there = *new (words) futex_word{0};
  auto& back = *new (words + 1) futex_word{0};
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      await(there);
      hand_over(back);
    }
  }
  for (auto _ : state) {
    hand_over(there);
    await(back);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::munmap(words, 4096);
}

message echo(process_pool&, message m) { return m; }

void task_round_trip(benchmark::State& state) {
  const on_one_processor here;
  process_pool m{one_worker()};
  auto group = m.group();
  message result;
  for (auto _ : state) {
    group.spawn(&result, bench::fn<echo>, message{});
    group.join();
  }
}

// The worker on a processor of its own, where there is one.
void tasks_in_bulk(benchmark::State& state) {
  process_pool m{one_worker()};
  auto group = m.group();
  static std::array<message, 10'000> results;
  for (auto _ : state) {
    for (auto& result : results) group.spawn(&result, bench::fn<echo>, message{});
    group.join();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * results.size()));
}

void fill(process_pool&, std::byte* into) { std::memset(into, 1, large); }

// A result of 8 MiB that the worker writes where the parent reads it...
void large_result(benchmark::State& state) {
  process_pool m{one_worker()};
  const auto result = m.buffer<std::byte>(large);
  auto group = m.group();
  for (auto _ : state) {
    group.spawn(bench::fn<fill>, result.data());
    group.join();
  }
}

// ...and what writing it costs without any pool.
void large_result_in_this_process(benchmark::State& state) {
  process_pool m{one_worker()};
  const auto result = m.buffer<std::byte>(large);
  for (auto _ : state) {
    std::memset(result.data(), 1, large);
    benchmark::ClobberMemory();
  }
}

BENCHMARK(futex_round_trip)->UseRealTime();
BENCHMARK(task_round_trip)->UseRealTime();
BENCHMARK(tasks_in_bulk)->UseRealTime();
BENCHMARK(large_result)->UseRealTime();
BENCHMARK(large_result_in_this_process)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
