// What the scheduler's deque costs a lone worker, beside a plain one without atomics; all in one
// process: run with --benchmark_enable_random_interleaving=true.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "models/support/scheduling/deque.hpp"

namespace {

constexpr std::uintptr_t children = 10;  // as a node of cpu/skynet has

// A growing stack of pointers.
class plain_deque {
 public:
  void push_alone(void* item) {
    if (size_ == slots_.size()) slots_.resize(2 * size_);
    slots_[size_++] = item;
  }
  void* pop_alone() { return size_ == 0 ? nullptr : slots_[--size_]; }

 private:
  std::vector<void*> slots_ = std::vector<void*>(256);
  std::size_t size_ = 0;
};

template <class Deque>
void push_and_pop(benchmark::State& state) {
  Deque deque;
  for (auto _ : state) {
    for (std::uintptr_t i = 1; i <= children; ++i) deque.push_alone(reinterpret_cast<void*>(i));
    while (void* item = deque.pop_alone()) benchmark::DoNotOptimize(item);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * children));
}

BENCHMARK(push_and_pop<plain_deque>);
BENCHMARK(push_and_pop<models::support::deque>);

}  // namespace

BENCHMARK_MAIN();
