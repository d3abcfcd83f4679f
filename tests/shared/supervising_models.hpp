#pragma once

#include <gtest/gtest.h>

#include <string>

#include "bench/contract/settings.hpp"
#include "models/coroutines.hpp"
#include "models/fibers.hpp"
#include "models/threads.hpp"

// The models whose tasks can be cancelled, for typed tests whose bodies stand in both colours.

namespace supervising {

using models_ = testing::Types<models::threads, models::fibers, models::coroutines>;

struct names {
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

constexpr std::int64_t ms = 1'000'000;

// Enters the model with the body in its colour.
#define CONTEND_RUN(m, body, ...)                                                          \
  [&] {                                                                                    \
    using M_ = std::remove_reference_t<decltype(m)>;                                       \
    if constexpr (bench::awaits<M_>) {                                                     \
      return (m).run(bench::fn<&coroutine::template body<M_>> __VA_OPT__(, ) __VA_ARGS__); \
    } else {                                                                               \
      return (m).run(bench::fn<&direct::template body<M_>> __VA_OPT__(, ) __VA_ARGS__);    \
    }                                                                                      \
  }()

}  // namespace supervising
