#pragma once

// Judges what a million operations leave behind. Where an operation goes through the kernel, as
// each does of a model whose tasks are threads or processes, a test takes as many as a few seconds
// hold.

#include <gtest/gtest.h>

#include <thread>

#include "bench/base/sanitizer.hpp"
#include "bench/measure/footprint.hpp"
#include "bench/measure/held_memory.hpp"
#include "tests/shared/model_suites.hpp"

inline constexpr long million = bench::sanitized ? 10'000 : 1'000'000;

// Runs `operations` for what is made once and for good, and then judges a second run. Some of that
// is made late (a worker's reactor with its first timer, an allocator's arena with a thread's first
// wait for another's), so a few pieces of a kind are no leak: that would be one in each operation.
template <class F>
void expect_nothing_left(long n, long before_that, F operations) {
  operations(before_that);
  const auto before = bench::footprint::now();
  const auto held = bench::held_bytes();
  operations(n);
  const auto now = bench::footprint::now();
  EXPECT_EQ(now.children, before.children);
  EXPECT_LE(now.threads, before.threads + 8);
  EXPECT_LE(now.descriptors, before.descriptors + 8);
  if (bench::sanitized) return;  // its allocator keeps and maps as it likes
  EXPECT_LE(now.mappings, before.mappings + 64);
  // Half a byte for each of a million. Pages of libraries count by their share, which grows when
  // other programs end that had them too.
  EXPECT_LE(bench::held_bytes() - held, 512 << 10);
}

// The same with a model, which leaves nothing at all when it goes.
template <class M, class F>
void expect_nothing_left_by(long n, long before_that, F operations) {
  std::thread{[] {}}.join();  // with the first one a sanitizer gets one of its own
  const auto pristine = bench::footprint::now();
  {
    M m{with_workers(2)};
    expect_nothing_left(n, before_that, [&](long count) { operations(m, count); });
  }
  EXPECT_EQ(bench::left_behind(pristine), "");
}
template <class M, class F>
void expect_nothing_left_by(long n, F operations) {
  expect_nothing_left_by<M>(n, n / 10, operations);
}

// Whose tasks are handed over to each other without the kernel.
template <class M>
constexpr bool in_user_space = M::can.generates;
