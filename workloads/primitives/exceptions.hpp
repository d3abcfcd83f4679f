#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "bench/contract/workload.hpp"

namespace workloads {

// One task after the other fails, and its error reaches who joins it: what failing costs beside a
// task that does nothing (primitives/spawn_join).
struct exceptions {
  static constexpr std::string_view about = "N tasks fail, one after the other";

  struct input {
    long tasks;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{8}};
      case bench::profile::quick:
        return {{100}};
      case bench::profile::standard:
        return {{1'000}};
      case bench::profile::thorough:
        return {{1'000}, {10'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"tasks", std::to_string(in.tasks)}}; }
  static bench::demand demand(const input& in) { return {.tasks = in.tasks, .live = 1}; }
  static long expected(const input& in) { return in.tasks; }
  static long completed(long answer) { return answer; }

  struct direct {
    template <bench::model M>
    static long fail(M&, long i) {
      if (i >= 0) throw std::runtime_error{"failed on purpose"};
      return i;
    }

    template <bench::model M>
    static long run(M& m, const input& in) {
      long failed = 0, value = 0;
      for (long i = 0; i < in.tasks; ++i) {
        auto group = m.group();
        group.spawn(&value, bench::fn<fail<M>>, i);
        try {
          group.join();
        } catch (const std::exception&) {
          ++failed;
        }
      }
      return failed;
    }
  };

  struct coroutine {
    template <bench::model M>
    static bench::task_of<M, long> fail(M&, long i) {
      if (i >= 0) throw std::runtime_error{"failed on purpose"};
      co_return i;
    }

    template <bench::model M>
    static bench::task_of<M, long> run(M& m, const input& in) {
      long failed = 0, value = 0;
      for (long i = 0; i < in.tasks; ++i) {
        auto group = m.group();
        group.spawn(&value, bench::fn<fail<M>>, i);
        try {
          co_await group.join();
        } catch (const std::exception&) {
          ++failed;
        }
      }
      co_return failed;
    }
  };
};

}  // namespace workloads
