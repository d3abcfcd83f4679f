#include "models/support/fibers/fiber_context.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/support/fibers/stack_slab.hpp"

namespace {

using models::support::exception_state;
using models::support::fiber_context;
using models::support::stack_slabs;

// A context with a stack and a body; `back` is whoever started it.
struct strand : fiber_context {
  strand(stack_slabs::stack s, void (*f)(strand&), fiber_context& b)
      : fiber_context{s.bottom, s.top, &run}, body{f}, back{b} {}
  ~strand() { forget(); }

  static void run(fiber_context& c) noexcept {
    auto& self = static_cast<strand&>(c);
    self.body(self);
    self.done = true;
    self.leave(self.back, exception_state::of_this_thread(),
               [](fiber_context& gone) noexcept { static_cast<strand&>(gone).cleaned = true; });
  }
  void yield() { switch_to(back, exception_state::of_this_thread()); }
  void resume() { back.switch_to(*this, exception_state::of_this_thread()); }

  void (*body)(strand&);
  fiber_context& back;
  std::vector<std::string> seen;
  bool done = false;
  bool cleaned = false;
};

class fiber_context_test : public testing::Test {
 protected:
  stack_slabs stacks_{64 * 1024, bench::memory_policy::pooled};
  fiber_context here_;
};

TEST_F(fiber_context_test, goes_on_where_it_left_off) {
  strand s{stacks_.take(),
           [](strand& self) {
             for (const auto* word : {"one", "two", "three"}) {
               self.seen.emplace_back(word);
               self.yield();
             }
           },
           here_};
  s.resume();
  EXPECT_EQ(s.seen, (std::vector<std::string>{"one"}));
  s.resume();
  s.resume();
  EXPECT_EQ(s.seen.back(), "three");
  EXPECT_FALSE(s.done);
  s.resume();
  EXPECT_TRUE(s.done);
}

TEST_F(fiber_context_test, cleans_up_on_the_stack_that_it_leaves_for) {
  strand s{stacks_.take(), [](strand&) {}, here_};
  s.resume();
  EXPECT_TRUE(s.cleaned);
}

void rethrow_own(strand& self, const std::string& name) {
  for (int i = 0; i < 10; ++i) {
    try {
      try {
        throw std::runtime_error{name + std::to_string(i)};
      } catch (...) {
        self.yield();
        throw;
      }
    } catch (const std::runtime_error& e) {
      self.yield();
      self.seen.emplace_back(e.what());
    }
  }
}

TEST_F(fiber_context_test, rethrows_the_exception_that_this_fiber_has_caught) {
  strand a{stacks_.take(), [](strand& self) { rethrow_own(self, "a"); }, here_};
  strand b{stacks_.take(), [](strand& self) { rethrow_own(self, "b"); }, here_};
  try {
    throw std::logic_error{"mine"};
  } catch (...) {
    while (!a.done || !b.done) {
      if (!a.done) a.resume();
      if (!b.done) b.resume();
    }
    EXPECT_THROW(throw, std::logic_error);
  }
  ASSERT_EQ(a.seen.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(a.seen[i], "a" + std::to_string(i));
    EXPECT_EQ(b.seen[i], "b" + std::to_string(i));
  }
  EXPECT_FALSE(exception_state::of_this_thread().any());
}

TEST_F(fiber_context_test, counts_uncaught_exceptions_for_each_fiber) {
  struct yields_when_destroyed {
    strand& self;
    ~yields_when_destroyed() {
      self.seen.push_back(std::to_string(std::uncaught_exceptions()));
      self.yield();
      self.seen.push_back(std::to_string(std::uncaught_exceptions()));
    }
  };
  strand s{stacks_.take(),
           [](strand& self) {
             try {
               const yields_when_destroyed guard{self};
               throw std::runtime_error{"on its way"};
             } catch (const std::runtime_error&) {
             }
           },
           here_};
  s.resume();
  EXPECT_EQ(std::uncaught_exceptions(), 0);
  s.resume();
  EXPECT_TRUE(s.done);
  EXPECT_EQ(s.seen, (std::vector<std::string>{"1", "1"}));
}

TEST_F(fiber_context_test, hands_on_from_one_to_the_next_without_coming_back) {
  static std::vector<std::unique_ptr<strand>> all;
  static std::size_t next;
  next = 0;
  for (int i = 0; i < 100; ++i)
    all.push_back(std::make_unique<strand>(
        stacks_.take(),
        [](strand& self) {
          if (++next < all.size()) self.switch_to(*all[next], exception_state::of_this_thread());
        },
        here_));
  all[0]->resume();
  EXPECT_EQ(next, 100U);
  EXPECT_TRUE(all.back()->done);
  for (auto& s : all)
    if (!s->done) s->resume();
  all.clear();
}

}  // namespace
