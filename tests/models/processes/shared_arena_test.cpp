#include "models/support/processes/shared_arena.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <system_error>
#include <vector>

#include "bench/base/sanitizer.hpp"
#include "bench/measure/footprint.hpp"
#include "models/support/processes/process.hpp"

namespace {

using models::support::fork_child;
using models::support::reap;
using models::support::shared_arena;

template <class T>
bool all_zero(const bench::buffer<T>& b) {
  return std::all_of(b.begin(), b.end(), [](T v) { return v == 0; });
}

// Shared memory that this process has touched.
long resident_kib() {
  std::ifstream in{"/proc/self/status"};
  for (std::string word; in >> word;) {
    long kib = 0;
    if (word == "RssShmem:" && in >> kib) return kib;
  }
  return -1;
}

TEST(shared_arena, a_buffer_is_zeroed_and_on_pages_of_its_own) {
  shared_arena arena;
  const auto a = arena.buffer<int>(3), b = arena.buffer<int>(5000);
  for (const auto* buffer : {&a, &b}) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->data()) % 4096, 0U);
    EXPECT_TRUE(all_zero(*buffer));
  }
  EXPECT_GE(b.data() - a.data(), 1024);
}

TEST(shared_arena, freed_memory_is_used_again_and_zeroed) {
  shared_arena arena;
  for (const std::size_t n : {1U, 100U, 5'000U, 100'000U}) {
    auto first = arena.buffer<int>(n);
    int* const place = first.data();
    std::fill(first.begin(), first.end(), 7);
    first = {};
    const auto second = arena.buffer<int>(n);
    EXPECT_EQ(second.data(), place);
    EXPECT_TRUE(all_zero(second));
  }
}

TEST(shared_arena, big_freed_buffers_give_their_pages_back) {
  shared_arena arena;
  const long before = resident_kib();
  auto big = arena.buffer<char>(16 << 20);
  std::fill(big.begin(), big.end(), 'x');
  EXPECT_GE(resident_kib() - before, 16'000);
  big = {};
  EXPECT_LT(resident_kib() - before, 1'000);
}

TEST(shared_arena, neighbours_join_into_one_free_block) {
  shared_arena arena;
  std::vector<bench::buffer<char>> parts;
  for (int i = 0; i < 64; ++i) parts.push_back(arena.buffer<char>(1 << 16));
  char* const first = parts.front().data();
  std::shuffle(parts.begin(), parts.end(), std::mt19937{1});
  parts.clear();
  EXPECT_EQ(arena.buffer<char>(64 << 16).data(), first);
}

TEST(shared_arena, random_blocks_never_overlap_and_always_come_back) {
  struct block {
    unsigned char* memory;
    std::size_t bytes;
    unsigned char mark;
  };
  shared_arena arena;
  std::mt19937 random{42};
  std::vector<block> live;
  const auto release = [&](std::size_t i) {
    const block b = live[i];
    EXPECT_TRUE(
        std::all_of(b.memory, b.memory + b.bytes, [&](auto byte) { return byte == b.mark; }));
    arena.deallocate(b.memory, b.bytes);
    live[i] = live.back();
    live.pop_back();
  };
  for (int step = 0; step < 20'000; ++step) {
    if (live.size() > 200 || (!live.empty() && random() % 2 == 0)) {
      release(random() % live.size());
    } else {
      const std::size_t bytes = 1 + random() % (random() % 8 == 0 ? 100'000 : 5'000);
      auto* const memory = static_cast<unsigned char*>(arena.allocate(bytes));
      EXPECT_TRUE(std::all_of(memory, memory + bytes, [](auto byte) { return byte == 0; }));
      const auto mark = static_cast<unsigned char>(1 + random() % 255);
      std::memset(memory, mark, bytes);
      live.push_back({memory, bytes, mark});
    }
  }
  const auto* const lowest = std::min_element(live.begin(), live.end(), [](auto& a, auto& b) {
                               return a.memory < b.memory;
                             })->memory;
  while (!live.empty()) release(0);
  EXPECT_LE(arena.buffer<char>(3U << 30).data(), reinterpret_cast<const char*>(lowest));
}

TEST(shared_arena, exhaustion_is_an_error_that_names_the_sizes) {
  shared_arena arena;
  const auto half = arena.buffer<char>(shared_arena::capacity / 2);
  try {
    arena.buffer<char>(shared_arena::capacity / 2);
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::not_enough_memory);
    EXPECT_NE(std::string{e.what()}.find("2147483648"), std::string::npos) << e.what();
  }
  EXPECT_THROW(arena.buffer<long>(~std::size_t{0} / 4), std::system_error);
  EXPECT_NO_THROW(arena.buffer<char>(1));
}

TEST(shared_arena, an_object_made_before_a_fork_is_the_same_in_the_child) {
  shared_arena arena;
  const auto number = bench::make<int>(arena, 1);
  if (const pid_t child = fork_child(); child == 0) {
    *number = *number + 41;
    ::_exit(0);
  } else {
    reap(child);
  }
  EXPECT_EQ(*number, 42);
}

TEST(shared_arena, children_allocate_at_the_same_time_without_overlap) {
  shared_arena arena;
  constexpr int children = 4, rounds = 2'000;
  const auto overlaps = bench::make<std::atomic<int>>(arena, 0);
  std::vector<pid_t> pids;
  for (int c = 1; c <= children; ++c) {
    const pid_t pid = fork_child();
    if (pid == 0) {
      std::mt19937 random(static_cast<unsigned>(c));
      for (int i = 0; i < rounds; ++i) {
        const std::size_t bytes = 1 + random() % 10'000;
        auto* const memory = static_cast<char*>(arena.allocate(bytes));
        std::memset(memory, c, bytes);
        if (i % 16 == 0) ::usleep(1);
        if (!std::all_of(memory, memory + bytes, [&](char b) { return b == c; })) ++*overlaps;
        arena.deallocate(memory, bytes);
      }
      ::_exit(0);
    }
    pids.push_back(pid);
  }
  for (const pid_t pid : pids) reap(pid);
  EXPECT_EQ(*overlaps, 0);
}

TEST(shared_arena, a_child_killed_while_it_allocates_does_not_block_the_others) {
  shared_arena arena;
  for (int i = 0; i < 100; ++i) {
    const pid_t pid = fork_child();
    if (pid == 0)
      for (;;) arena.deallocate(arena.allocate(300), 300);
    ::usleep(static_cast<useconds_t>(100 + i * 7));
    ::kill(pid, SIGKILL);
    reap(pid);
    const auto mine = arena.buffer<int>(1000);
    EXPECT_TRUE(all_zero(mine));
  }
}

TEST(shared_arena, leaves_no_mapping_behind) {
  if (bench::sanitized) GTEST_SKIP() << "a sanitizer's allocator keeps mappings";
  { const shared_arena first; }
  const auto before = bench::footprint::now().mappings;
  for (int i = 0; i < 100; ++i) shared_arena{}.buffer<int>(1000);
  EXPECT_LE(bench::footprint::now().mappings, before);
}

}  // namespace
