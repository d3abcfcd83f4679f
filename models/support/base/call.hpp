#pragma once

#include <tuple>
#include <type_traits>

#include "bench/contract/task.hpp"

namespace models::support {

// Says that there is no slot: the task's result is not wanted.
struct no_slot {};

// A task that has not run yet: where its result goes, and its arguments, copied.
template <class M, class T, bench::task_body Body, bench::message... Args>
struct call {
  [[no_unique_address]] std::conditional_t<std::is_void_v<T>, no_slot, T*> slot;
  std::tuple<Args...> args;

  void operator()(M& m) const {
    std::apply(
        [&](const Args&... values) {
          if constexpr (std::is_void_v<T>) {
            Body{}(m, values...);
          } else {
            *slot = Body{}(m, values...);
          }
        },
        args);
  }
};

}  // namespace models::support
