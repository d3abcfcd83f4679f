#include "models/coroutines.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "bench/base/sanitizer.hpp"

namespace {

std::atomic<long> allocations = 0;

}  // namespace

// A sanitizer has allocation functions of its own, which must stay.
#if !defined(__has_feature)
#define CONTEND_COUNTS_ALLOCATIONS
#elif !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define CONTEND_COUNTS_ALLOCATIONS
#endif
#ifdef CONTEND_COUNTS_ALLOCATIONS
// Not inlined: g++ would see memory of malloc go into a delete and warn of it.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace {

using models::coroutines;
template <class T>
using task = coroutines::task<T>;

bench::settings with(int workers, bench::memory_policy memory = bench::memory_policy::pooled) {
  bench::settings s;
  s.workers = workers;
  s.memory = memory;
  return s;
}

task<long> one(coroutines&) { co_return 1; }

task<long> spawn_many(coroutines& m, const long& n) {
  std::vector<long> slots(n);
  auto group = m.group();
  for (auto& slot : slots) group.spawn(&slot, bench::fn<one>);
  co_await group.join();
  long sum = 0;
  for (const long slot : slots) sum += slot;
  co_return sum;
}

TEST(coroutines, a_spawn_allocates_one_frame_and_nothing_else) {
  if (bench::sanitized) GTEST_SKIP() << "allocations are the sanitizer's";
  coroutines m{with(1, bench::memory_policy::fresh)};
  const long few = 1'000, many = 9'000;
  m.run(bench::fn<spawn_many>, many);  // the deque has grown now
  const long start = allocations.load();
  EXPECT_EQ(m.run(bench::fn<spawn_many>, few), few);
  const long middle = allocations.load();
  EXPECT_EQ(m.run(bench::fn<spawn_many>, many), many);
  const long end = allocations.load();
  EXPECT_EQ((end - middle) - (middle - start), many - few);
}

TEST(coroutines, pooled_frames_are_recycled) {
  coroutines m{with(1)};
  const long n = 1'000;
  m.run(bench::fn<spawn_many>, n);
  const long start = allocations.load();
  for (int i = 0; i < 10; ++i) m.run(bench::fn<spawn_many>, n);
  EXPECT_LE(allocations.load() - start, 10 * 2);  // the vector of slots, and the odd batch
}

task<long> down(coroutines& m, long depth) {
  if (depth == 0) co_return 0;
  const long below = co_await down(m, depth - 1);
  co_return below + 1;
}
task<long> deep(coroutines& m, const long& depth) { co_return co_await down(m, depth); }

task<long> wide(coroutines& m, const long& times) {
  long sum = 0;
  for (long i = 0; i < times; ++i) sum += co_await one(m);
  co_return sum;
}

// Without a true tail call each of these would use a stack frame for every step.
TEST(coroutines, neither_depth_nor_length_of_a_chain_uses_the_stack) {
  coroutines m{with(1)};
  const long n = 200'000;
  EXPECT_EQ(m.run(bench::fn<deep>, n), n);
  EXPECT_EQ(m.run(bench::fn<wide>, n), n);
  EXPECT_EQ(m.run(bench::fn<spawn_many>, n), n);
}

// The shapes on which compilers have failed, in the form in which this project writes them.
template <class F>
task<long> call(coroutines&, F f) {
  co_return f();
}
task<long> shapes(coroutines& m, const long& n) {
  auto owned = std::make_shared<long>(n);
  auto count = [owned] { return owned.use_count(); };
  auto pending = call(m, count);
  const long users = co_await std::move(pending);
  if (users < 2) co_return -1;
  auto found = co_await one(m);
  if (found != 1) co_return -2;
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    auto x = co_await one(m);
    if (x == 1) ++sum;
  }
  co_return sum;
}

TEST(coroutines, this_compiler_compiles_the_shapes_in_use) {
  coroutines m{with(2)};
  for (long n = 0; n < 50; ++n) EXPECT_EQ(m.run(bench::fn<shapes>, n), n);
}

// Many short runs: the end of a run is where the last task races the thread that waits for it.
TEST(coroutines, ends_a_run_whoever_finishes_last) {
  coroutines m{with(3)};
  const long n = 5;
  for (int i = 0; i < 3'000; ++i) ASSERT_EQ(m.run(bench::fn<spawn_many>, n), n);
}

}  // namespace
