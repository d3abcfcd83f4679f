#include "models/support/fibers/greenlet.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/measure/footprint.hpp"
#include "models/fibers.hpp"

namespace {

using models::support::greenlet;
using models::support::greenlet_exit;
using words = std::vector<std::string>;

int as_int(const std::any& value) { return std::any_cast<int>(value); }
bool is_exit(const std::any& value) { return std::any_cast<greenlet_exit>(&value) != nullptr; }

// Says that it was destroyed.
struct witness {
  words& log;
  std::string name;
  ~witness() { log.push_back(name); }
};

TEST(greenlet, receives_at_its_first_switch_the_value_that_was_switched) {
  greenlet g{[](std::any value) { return std::any{as_int(value) + 1}; }};
  EXPECT_EQ(as_int(g.switch_to(41)), 42);
}

TEST(greenlet, passes_values_both_ways) {
  auto& main = greenlet::current();
  greenlet g{[&](std::any value) {
    int sum = as_int(value);
    while (sum < 100) sum += as_int(main.switch_to(sum));
    return std::any{std::string{"enough"}};
  }};
  EXPECT_EQ(as_int(g.switch_to(1)), 1);
  EXPECT_EQ(as_int(g.switch_to(10)), 11);
  EXPECT_EQ(as_int(g.switch_to(30)), 41);
  EXPECT_EQ(std::any_cast<std::string>(g.switch_to(59)), "enough");
}

TEST(greenlet, passes_several_values_as_a_tuple) {
  greenlet g{[](std::any values) {
    const auto [a, b] = std::any_cast<std::tuple<int, std::string>>(values);
    return std::any{std::tuple{b, a}};
  }};
  const auto result = g.switch_to(std::tuple{1, std::string{"one"}});
  EXPECT_EQ((std::any_cast<std::tuple<std::string, int>>(result)), (std::tuple{"one", 1}));
}

TEST(greenlet, knows_whether_it_has_started_and_whether_it_is_dead) {
  auto& main = greenlet::current();
  greenlet g{[&](std::any) { return main.switch_to(); }};
  EXPECT_FALSE(g.started());
  EXPECT_FALSE(g.dead());
  EXPECT_FALSE(g);
  g.switch_to();
  EXPECT_TRUE(g.started());
  EXPECT_TRUE(g);
  g.switch_to();
  EXPECT_TRUE(g.dead());
  EXPECT_FALSE(g);
}

TEST(greenlet, has_the_one_that_made_it_as_its_parent) {
  auto& main = greenlet::current();
  EXPECT_EQ(main.parent(), nullptr);
  EXPECT_TRUE(main);
  greenlet outer{[&](std::any) {
    EXPECT_EQ(greenlet::current().parent(), &main);
    greenlet inner{[](std::any) { return std::any{}; }};
    EXPECT_EQ(inner.parent(), &greenlet::current());
    return std::any{};
  }};
  outer.switch_to();
  EXPECT_EQ(&greenlet::current(), &main);
}

TEST(greenlet, returns_to_its_parent_whoever_switched_to_it) {
  greenlet g{[](std::any) { return std::any{7}; }};
  greenlet other{[&](std::any) {
    g.switch_to();
    ADD_FAILURE() << "the value belongs to g's parent";
    return std::any{};
  }};
  EXPECT_EQ(as_int(other.switch_to()), 7);
  EXPECT_TRUE(other) << "it still waits";
}

TEST(greenlet, may_be_given_another_parent) {
  words log;
  greenlet collector{[&](std::any value) {
    for (;;) {
      log.push_back(std::any_cast<std::string>(value));
      value = greenlet::current().parent()->switch_to();
    }
    return std::any{};
  }};
  greenlet g{[](std::any) { return std::any{std::string{"result"}}; }};
  g.set_parent(collector);
  g.switch_to();  // g ends, and its parent starts with what g returned
  EXPECT_EQ(log, words{"result"});
}

TEST(greenlet, cannot_become_its_own_ancestor) {
  greenlet a{[](std::any) { return std::any{}; }};
  greenlet b{[](std::any) { return std::any{}; }, a};
  EXPECT_THROW(a.set_parent(b), std::invalid_argument);
  EXPECT_THROW(a.set_parent(a), std::invalid_argument);
  EXPECT_THROW(greenlet::current().set_parent(a), std::invalid_argument);
}

TEST(greenlet, that_is_dead_hands_what_it_gets_to_its_parent) {
  auto& main = greenlet::current();
  greenlet dead{[](std::any) { return std::any{}; }};
  dead.switch_to();
  EXPECT_EQ(as_int(dead.switch_to(5)), 5) << "its parent is the one that switches";

  greenlet listener{[&](std::any) {
    std::any value;
    for (;;) value = main.switch_to(value);
    return value;
  }};
  listener.switch_to();
  dead.set_parent(listener);
  EXPECT_EQ(as_int(dead.switch_to(6)), 6) << "by way of the listener";
}

TEST(greenlet, that_fails_raises_its_error_in_its_parent) {
  greenlet g{[](std::any) -> std::any { throw std::runtime_error{"broken"}; }};
  try {
    g.switch_to();
    FAIL() << "no error";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "broken");
  }
  EXPECT_TRUE(g.dead());
}

TEST(greenlet, raises_an_error_past_dead_ancestors) {
  greenlet parent{[](std::any) { return std::any{}; }};
  greenlet child{[](std::any) -> std::any { throw std::runtime_error{"broken"}; }, parent};
  parent.switch_to();
  EXPECT_THROW(child.switch_to(), std::runtime_error);
}

TEST(greenlet, that_exits_returns_the_exit) {
  greenlet g{[](std::any) -> std::any { throw greenlet_exit{}; }};
  EXPECT_TRUE(is_exit(g.switch_to()));
  EXPECT_TRUE(g.dead());
}

TEST(greenlet, raises_inside_what_is_thrown_into_it) {
  auto& main = greenlet::current();
  greenlet g{[&](std::any) {
    try {
      main.switch_to();
    } catch (const std::runtime_error& e) {
      return std::any{std::string{e.what()}};
    }
    return std::any{};
  }};
  g.switch_to();
  EXPECT_EQ(std::any_cast<std::string>(g.throw_into(std::runtime_error{"in"})), "in");
}

TEST(greenlet, exits_when_nothing_else_is_thrown_into_it) {
  words log;
  auto& main = greenlet::current();
  greenlet g{[&](std::any) {
    const witness w{log, "unwound"};
    return main.switch_to();
  }};
  g.switch_to();
  EXPECT_TRUE(is_exit(g.throw_into()));
  EXPECT_EQ(log, words{"unwound"});
}

TEST(greenlet, dies_without_running_of_what_is_thrown_into_it_before_it_starts) {
  bool ran = false;
  const auto run = [&](std::any) {
    ran = true;
    return std::any{};
  };
  greenlet fails{run};
  EXPECT_THROW(fails.throw_into(std::runtime_error{"early"}), std::runtime_error);
  EXPECT_TRUE(fails.dead());
  greenlet exits{run};
  EXPECT_TRUE(is_exit(exits.throw_into()));
  EXPECT_TRUE(exits.dead());
  EXPECT_FALSE(ran);
}

TEST(greenlet, passes_what_is_thrown_into_it_on_when_it_is_dead) {
  greenlet g{[](std::any) { return std::any{}; }};
  g.switch_to();
  EXPECT_THROW(g.throw_into(std::runtime_error{"late"}), std::runtime_error);
  EXPECT_TRUE(is_exit(g.throw_into()));
}

TEST(greenlet, may_throw_into_itself_and_switch_to_itself) {
  auto& self = greenlet::current();
  EXPECT_EQ(as_int(self.switch_to(3)), 3);
  EXPECT_THROW(self.throw_into(std::runtime_error{"own"}), std::runtime_error);
}

TEST(greenlet, keeps_its_own_exceptions) {
  words seen;
  auto& main = greenlet::current();
  const auto body = [&](const std::string& name) {
    return [&, name](std::any) {
      try {
        try {
          throw std::runtime_error{name};
        } catch (...) {
          main.switch_to();
          throw;
        }
      } catch (const std::runtime_error& e) {
        seen.emplace_back(e.what());
      }
      return std::any{};
    };
  };
  greenlet a{body("a")};
  greenlet b{body("b")};
  a.switch_to();
  b.switch_to();
  a.switch_to();
  b.switch_to();
  EXPECT_EQ(seen, (words{"a", "b"}));
}

TEST(greenlet, is_unwound_when_it_is_destroyed) {
  words log;
  auto& main = greenlet::current();
  {
    greenlet g{[&](std::any) {
      const witness w{log, "first"};
      const witness v{log, "second"};
      return main.switch_to(1);
    }};
    g.switch_to();
    EXPECT_TRUE(log.empty());
  }
  EXPECT_EQ(log, (words{"second", "first"}));
  EXPECT_EQ(&greenlet::current(), &main);
}

TEST(greenlet, ends_although_it_swallows_its_own_destruction) {
  words log;
  auto& main = greenlet::current();
  {
    greenlet g{[&](std::any) {
      try {
        main.switch_to();
      } catch (...) {
        log.emplace_back("swallowed");
      }
      try {
        main.switch_to();
        log.emplace_back("never");
      } catch (...) {
        log.emplace_back("again");
      }
      return std::any{};
    }};
    g.switch_to();
  }
  EXPECT_EQ(log, (words{"swallowed", "again"}));
}

TEST(greenlet, ends_the_program_when_it_swallows_its_destruction_for_ever) {
  EXPECT_DEATH(
      {
        auto& main = greenlet::current();
        greenlet g{[&](std::any) {
          for (;;) {
            try {
              main.switch_to();
            } catch (...) {
            }
          }
          return std::any{};
        }};
        g.switch_to();
      },
      "keeps swallowing");
}

TEST(greenlet, is_unwound_although_the_one_that_lets_it_go_unwinds_too) {
  words log;
  auto& main = greenlet::current();
  try {
    greenlet g{[&](std::any) {
      const witness w{log, "unwound"};
      return main.switch_to();
    }};
    g.switch_to();
    throw std::runtime_error{"mine"};
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "mine");
  }
  EXPECT_EQ(log, words{"unwound"});
}

TEST(greenlet, ends_the_program_when_it_is_destroyed_while_it_runs) {
  EXPECT_DEATH(
      {
        std::unique_ptr<greenlet> g;
        g = std::make_unique<greenlet>([&](std::any) {
          g.reset();
          return std::any{};
        });
        g->switch_to();
      },
      "destroyed while it runs");
}

TEST(greenlet, leaves_its_children_to_its_parent) {
  auto& main = greenlet::current();
  auto parent = std::make_unique<greenlet>([](std::any) { return std::any{}; });
  greenlet child{[](std::any) { return std::any{4}; }, *parent};
  greenlet other{[](std::any) { return std::any{5}; }, *parent};
  parent.reset();
  EXPECT_EQ(child.parent(), &main);
  EXPECT_EQ(as_int(child.switch_to()), 4);
  EXPECT_EQ(as_int(other.switch_to()), 5);
}

TEST(greenlet, takes_those_that_it_holds_with_it) {
  words log;
  auto& main = greenlet::current();
  {
    greenlet outer{[&](std::any) {
      const witness w{log, "outer"};
      greenlet inner{[&](std::any) {
        const witness v{log, "inner"};
        return main.switch_to();
      }};
      inner.switch_to();
      return std::any{};
    }};
    outer.switch_to();
  }
  EXPECT_EQ(log, (words{"inner", "outer"}));
}

TEST(greenlet, belongs_to_its_thread) {
  greenlet g{[](std::any) { return std::any{}; }};
  std::jthread{[&] {
    EXPECT_NE(&greenlet::current(), g.parent());
    EXPECT_THROW(g.switch_to(), std::logic_error);
  }};
  g.switch_to();
}

TEST(greenlet, recurses_deeply_on_its_own_stack) {
  static int (*depth)(int) = [](int n) -> int {
    volatile char frame[128] = {};
    return n == 0 ? frame[0] : 1 + depth(n - 1) + frame[1];
  };
  greenlet g{[](std::any n) { return std::any{depth(as_int(n))}; }};
  EXPECT_EQ(as_int(g.switch_to(500)), 500);
}

TEST(greenlet, gives_back_all_that_it_had) {
  auto& main = greenlet::current();
  const auto churn = [&] {
    for (int i = 0; i < 2'000; ++i) {
      greenlet g{[&](std::any value) { return main.switch_to(value); }};
      g.switch_to(i);
      if (i % 2 == 0) g.switch_to(i);
    }
  };
  churn();
  const auto before = bench::footprint::now().mappings;
  churn();
  EXPECT_LE(bench::footprint::now().mappings, before + 1);
}

long sum_of_greenlets(models::fibers& m, long n) {
  auto& main = greenlet::current();
  greenlet g{[&](std::any value) {
    long sum = 0;
    for (;;) {
      m.yield();  // the fiber waits while it is on a greenlet's stack
      sum += std::any_cast<long>(value);
      value = main.switch_to(sum);
    }
    return std::any{};
  }};
  long last = 0;
  for (long i = 1; i <= n; ++i) {
    last = std::any_cast<long>(g.switch_to(i));
    m.yield();
  }
  return last;
}

long greenlets_in_fibers(models::fibers& m, long n) {
  std::vector<long> sums(20);
  auto group = m.group();
  for (auto& sum : sums) group.spawn(&sum, bench::fn<sum_of_greenlets>, n);
  group.join();
  long right = 0;
  for (const long sum : sums) right += sum == n * (n + 1) / 2;
  return right;
}

TEST(greenlet, lives_inside_a_fiber_that_waits) {
  for (const auto memory : {bench::memory_policy::pooled, bench::memory_policy::fresh}) {
    bench::settings s;
    s.memory = memory;
    models::fibers m{s};
    long n = 20;
    EXPECT_EQ(m.run(bench::fn<greenlets_in_fibers>, n), 20);
  }
}

}  // namespace
