// A million calls of a process pool leave nothing behind.

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "models/process_pool.hpp"
#include "tests/shared/after_a_million.hpp"

namespace {

long triple(models::process_pool&, long n) {
  if (n == 7) throw std::runtime_error{"seven"};
  return 3 * n;
}

TEST(pool_calls_after_a_million, leave_nothing_behind) {
  using models::process_pool;
  // What waits for a worker lies in memory that grows to what it has been at the most, and stays.
  expect_nothing_left_by<process_pool>(million, million, [](process_pool& m, long n) {
    const std::vector<long> items(static_cast<std::size_t>(n), 2);
    const std::vector<long> want(static_cast<std::size_t>(n), 6);
    EXPECT_EQ(m.map(bench::fn<triple>, items), want);
    EXPECT_EQ(m.map(bench::fn<triple>, items, 10), want);
    long called = 0;
    for (long i = 0; i < n / 10; ++i)
      m.apply_async({.callback = [&](long) { ++called; },
                     .error_callback = [&](const std::exception&) { ++called; }},
                    bench::fn<triple>, i % 100);
    while (called < n / 10) m.poll();
    auto results = m.imap_unordered(bench::fn<triple>, items, 20);
    while (results.next()) {
    }
    EXPECT_EQ(m.map_async(bench::fn<triple>, want).get().back(), 18);
  });
}

}  // namespace
