#include "models/support/fibers/stack_slab.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "bench/measure/footprint.hpp"
#include "models/support/fibers/fiber_context.hpp"

namespace {

using bench::memory_policy;
using models::support::stack_guard;
using models::support::stack_slabs;

constexpr std::size_t stack_bytes = 64 * 1024;

#if defined(CONTEND_ASAN) || defined(CONTEND_TSAN)
constexpr long allowance = 500;  // the sanitizers' own, for shadow memory
#else
constexpr long allowance = 1;
#endif

class stack_slab_test : public testing::TestWithParam<stack_guard> {};

TEST_P(stack_slab_test, hands_out_stacks_that_do_not_overlap) {
  stack_slabs slabs{stack_bytes, memory_policy::pooled, GetParam()};
  std::set<std::byte*> bottoms;
  for (int i = 0; i < 10'000; ++i) {
    const auto s = slabs.take();
    EXPECT_GE(s.top - s.bottom, static_cast<std::ptrdiff_t>(stack_bytes - 1024));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(s.top) % 64, 0U);
    s.top[-1] = std::byte{1};
    bottoms.insert(s.bottom);
  }
  EXPECT_EQ(bottoms.size(), 10'000U);
  for (auto it = bottoms.begin(), next = std::next(it); next != bottoms.end(); ++it, ++next)
    EXPECT_GT(*next - *it, static_cast<std::ptrdiff_t>(stack_bytes));
}

TEST_P(stack_slab_test, gives_every_mapping_back) {
  for (const auto memory : {memory_policy::pooled, memory_policy::fresh}) {
    const auto before = bench::footprint::now().mappings;
    {
      stack_slabs slabs{stack_bytes, memory, GetParam()};
      std::vector<stack_slabs::stack> stacks;
      for (int i = 0; i < 1'000; ++i) stacks.push_back(slabs.take());
      for (const auto& s : stacks) slabs.give(s);
    }
    EXPECT_LE(bench::footprint::now().mappings, before + allowance);
  }
}

TEST_P(stack_slab_test, an_overflow_faults_instead_of_reaching_the_neighbour) {
  if (GetParam() == stack_guard::none) GTEST_SKIP() << "no guard, no fault";
  stack_slabs slabs{stack_bytes, memory_policy::pooled, GetParam()};
  slabs.take();
  const auto s = slabs.take();
  *s.bottom = std::byte{1};
  EXPECT_DEATH(*const_cast<volatile std::byte*>(s.bottom - 1) = std::byte{1}, "");
  EXPECT_EQ(slabs.unguarded(), 0);
}

INSTANTIATE_TEST_SUITE_P(guards, stack_slab_test,
                         testing::Values(stack_guard::marker, stack_guard::protection,
                                         stack_guard::none));

TEST(stack_slabs, recycle_the_stack_that_was_given_back_last) {
  stack_slabs slabs{stack_bytes, memory_policy::pooled};
  const auto first = slabs.take();
  const auto second = slabs.take();
  slabs.give(first);
  slabs.give(second);
  EXPECT_EQ(slabs.take().top, second.top);
  EXPECT_EQ(slabs.take().top, first.top);
}

TEST(stack_slabs, count_the_stacks_that_have_no_guard) {
  stack_slabs slabs{stack_bytes, memory_policy::pooled, stack_guard::none};
  for (int i = 0; i < 3; ++i) slabs.take();
  EXPECT_EQ(slabs.unguarded(), 3);
}

TEST(stack_slabs, go_unguarded_where_mprotect_would_use_up_the_mappings) {
  stack_slabs slabs{8 * 1024, memory_policy::pooled, stack_guard::protection};
  for (int i = 0; i < 40'000; ++i) slabs.take();
  EXPECT_GT(slabs.unguarded(), 0);
  EXPECT_LT(bench::footprint::now().mappings, 65'530 * 3 / 4);
}

TEST(stack_slabs, hold_a_hundred_thousand_in_few_mappings) {
  const auto before = bench::footprint::now().mappings;
  stack_slabs slabs{stack_bytes, memory_policy::pooled};
  for (int i = 0; i < 100'000; ++i) slabs.take();
  if (slabs.unguarded() > 0) GTEST_SKIP() << "this kernel has no guard markers";
  EXPECT_LT(bench::footprint::now().mappings, before + 40 + allowance);
}

TEST(stack_slabs, are_shared_by_threads) {
  stack_slabs slabs{stack_bytes, memory_policy::pooled};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 2'000; ++i) {
          const auto s = slabs.take();
          s.top[-1] = std::byte{1};
          slabs.give(s);
        }
      });
  }
  EXPECT_EQ(slabs.unguarded(), 0);
}

TEST(stack_slabs, say_why_that_many_are_not_possible) {
  EXPECT_EQ(stack_slabs::cannot(1'000, stack_bytes), std::nullopt);
  EXPECT_THAT(*stack_slabs::cannot(1'000'000'000, stack_bytes), testing::HasSubstr("GiB"));
  EXPECT_THAT(*stack_slabs::cannot(1'000'000, std::size_t{1} << 30),
              testing::HasSubstr("address space"));
}

}  // namespace
