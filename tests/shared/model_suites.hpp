#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

#include "all_models.hpp"
#include "bench/contract/operations.hpp"

// Typed tests over models: which ones, what they are called, and how a body of either colour is
// run.

template <bool bench::abilities::*Ability, class Chosen, class... M>
struct models_able;
template <bool bench::abilities::*Ability, class... Chosen>
struct models_able<Ability, testing::Types<Chosen...>> {
  using type = testing::Types<Chosen...>;
};
template <bool bench::abilities::*Ability, class... Chosen, class M, class... Rest>
struct models_able<Ability, testing::Types<Chosen...>, M, Rest...>
    : models_able<Ability,
                  std::conditional_t<(M::can.*Ability), testing::Types<Chosen..., M>,
                                     testing::Types<Chosen...>>,
                  Rest...> {};

template <bool bench::abilities::*Ability, class List>
struct models_of_list;
template <bool bench::abilities::*Ability, class... M>
struct models_of_list<Ability, bench::model_list<M...>>
    : models_able<Ability, testing::Types<>, M...> {};

using models_that_lock = models_of_list<&bench::abilities::locks, models::all>::type;
using models_that_wait = models_of_list<&bench::abilities::waits, models::all>::type;
using models_that_generate = models_of_list<&bench::abilities::generates, models::all>::type;

struct model_names {
  template <class M>
  static std::string GetName(int) {
    return std::string{M::name};
  }
};

inline bench::settings with_workers(int n) {
  bench::settings s;
  s.workers = n;
  return s;
}

// Runs `Test::direct::run` or `Test::coroutine::run`, whichever has the model's colour.
template <class Test, class M, class... Args>
auto run_on(M& m, Args... args) {
  if constexpr (bench::awaits<M>) {
    return m.run(bench::fn<&Test::coroutine::template run<M>>, args...);
  } else {
    return m.run(bench::fn<&Test::direct::template run<M>>, args...);
  }
}

// A wait that is over at once: whoever else is ready may have its turn.
struct turn {
  bool ready() { return false; }
  bool park(bench::waiter& w) {
    w.wake(w);
    return true;
  }
  void result() {}
};

// Now and then a turn: a different interleaving for each seed.
struct sometimes_a_turn : turn {
  explicit sometimes_a_turn(std::minstd_rand& random) : now{random() % 3 == 0} {}
  bool ready() { return !now; }
  bool now;
};

// What a test without any model gives an operation to wake.
struct sleeper : bench::waiter {
  sleeper() : waiter{[](bench::waiter& w) noexcept { ++static_cast<sleeper&>(w).woken; }} {}
  int woken = 0;
};

// Leaves `s` to be woken; false: there was nothing to wait for.
template <class Op>
bool parks(Op& op, sleeper& s) {
  return !op.ready() && op.park(s);
}
