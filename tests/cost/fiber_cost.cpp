// What fibers cost above the switch that they are made of, all in one process so that the ratios
// are of one machine at one time: run with --benchmark_enable_random_interleaving=true.

#include <benchmark/benchmark.h>

#include <fstream>
#include <limits>
#include <string>

#include "models/fibers.hpp"
#include "models/support/fibers/greenlet.hpp"

namespace {

using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;
using models::fibers;
using models::support::exception_state;
using models::support::fiber_context;
using models::support::greenlet;
using models::support::stack_slabs;

bench::settings alone(bench::memory_policy memory = bench::memory_policy::pooled) {
  bench::settings s;
  s.workers = 1;
  s.memory = memory;
  return s;
}

// There and back by Boost's assembly and nothing else: the floor.
void raw_jump_pair(benchmark::State& state) {
  stack_slabs stacks{64 * 1024, bench::memory_policy::pooled};
  const auto stack = stacks.take();
  void* there = make_fcontext(stack.top, 64 * 1024 - 1024, [](transfer_t t) {
    for (;;) t = jump_fcontext(t.fctx, nullptr);
  });
  for (auto _ : state) there = jump_fcontext(there, nullptr).fctx;
}

void context_pair(benchmark::State& state) {
  struct echo : fiber_context {
    echo(stack_slabs::stack s, fiber_context& b)
        : fiber_context{s.bottom, s.top, &run},
          back{b},
          thread{exception_state::of_this_thread()} {}
    static void run(fiber_context& self) noexcept {
      auto& e = static_cast<echo&>(self);
      for (;;) e.switch_to(e.back, e.thread);
    }
    fiber_context& back;
    exception_state& thread;
  };
  stack_slabs stacks{64 * 1024, bench::memory_policy::pooled};
  fiber_context here;
  echo there{stacks.take(), here};
  for (auto _ : state) here.switch_to(there, there.thread);
  there.forget();
}

void greenlet_pair(benchmark::State& state) {
  auto& main = greenlet::current();
  greenlet g{[&](std::any) -> std::any {
    for (;;) main.switch_to();
  }};
  for (auto _ : state) g.switch_to();
}

void yields(fibers& m, bool* stop) {
  while (!*stop) m.yield();
}

// Two fibers that give way to each other through the worker's queue.
int yield_pair_body(fibers& m, benchmark::State& state) {
  bool stop = false;
  auto group = m.group();
  group.spawn(bench::fn<yields>, &stop);
  for (auto _ : state) m.yield();
  stop = true;
  group.join();
  return 0;
}
void yield_pair(benchmark::State& state) {
  fibers m{alone()};
  m.run(bench::fn<yield_pair_body>, state);
}

void yields_once(fibers& m) { m.yield(); }

// Fibers that are made, give way once and finish, so many at a time.
int create_yield_finish_body(fibers& m, benchmark::State& state) {
  const auto n = state.range(0);
  auto group = m.group();
  for (auto _ : state) {
    for (long i = 0; i < n; ++i) group.spawn(bench::fn<yields_once>);
    group.join();
  }
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(n), benchmark::Counter::kIsIterationInvariantRate |
                                                     benchmark::Counter::kInvert);
  return 0;
}
void create_yield_finish(benchmark::State& state) {
  fibers m{alone()};
  m.run(bench::fn<create_yield_finish_body>, state);
}
void create_yield_finish_on_fresh_stacks(benchmark::State& state) {
  fibers m{alone(bench::memory_policy::fresh)};
  m.run(bench::fn<create_yield_finish_body>, state);
}

long kib_of(const char* file, const std::string& key) {
  std::ifstream in{file};
  std::string word;
  while (in >> word) {
    long kib = 0;
    if (word == key && in >> kib) return kib;
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

struct memory {
  long resident = kib_of("/proc/self/smaps_rollup", "Rss:");
  long page_tables = kib_of("/proc/self/status", "VmPTE:");
};

void waits_for_end(fibers& m, long* started, bool* stop) {
  ++*started;
  while (!*stop) m.yield();
}

int park_body(fibers& m, benchmark::State& state) {
  const auto n = state.range(0);
  for (auto _ : state) {
    const memory before;
    long started = 0;
    bool stop = false;
    auto group = m.group();
    for (long i = 0; i < n; ++i) group.spawn(bench::fn<waits_for_end>, &started, &stop);
    while (started < n) m.yield();
    const memory parked;
    state.counters["bytes_each"] =
        static_cast<double>(parked.resident - before.resident) * 1024 / static_cast<double>(n);
    state.counters["page_table_bytes_each"] =
        static_cast<double>(parked.page_tables - before.page_tables) * 1024 /
        static_cast<double>(n);
    stop = true;
    group.join();
  }
  return 0;
}
void parked(benchmark::State& state) {
  fibers m{alone()};
  m.run(bench::fn<park_body>, state);
}

BENCHMARK(raw_jump_pair);
BENCHMARK(context_pair);
BENCHMARK(greenlet_pair);
BENCHMARK(yield_pair);
BENCHMARK(create_yield_finish)->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK(create_yield_finish_on_fresh_stacks)->Arg(100);
BENCHMARK(parked)->Arg(100'000)->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
