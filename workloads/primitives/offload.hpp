#pragma once

#include <numeric>
#include <string>
#include <vector>

#include "bench/contract/offload.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// Tasks that each hand calls that might block to whoever makes these for them, and wait for each:
// what it costs to keep them away from the others.
struct offload {
  static constexpr std::string_view about = "tasks hand over calls that might block, one by one";

  struct input {
    long tasks, times;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{4, 5}};
      case bench::profile::quick:
        return {{16, 50}};
      case bench::profile::standard:
        return {{1, 1'000}, {16, 100}};
      case bench::profile::thorough:
        return {{1, 1'000}, {16, 1'000}, {1'000, 100}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"tasks", std::to_string(in.tasks)}, {"times", std::to_string(in.times)}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.tasks * in.times, .live = in.tasks};
  }
  static long expected(const input& in) { return in.tasks * in.times; }

  // What might block: a call that the compiler cannot see through.
  [[gnu::noinline]] static long call(long n) {
    asm volatile("");
    return n + 1;
  }

  struct direct {
    template <bench::offloads M>
    static long count(M& m, long times) {
      long n = 0;
      for (long i = 0; i < times; ++i) n = bench::offload(m, bench::fn<call>, n);
      return n;
    }

    template <bench::offloads M>
    static long run(M& m, const input& in) {
      std::vector<long> counts(in.tasks);
      auto group = m.group();
      for (auto& n : counts) group.spawn(&n, bench::fn<count<M>>, in.times);
      group.join();
      return std::accumulate(counts.begin(), counts.end(), 0L);
    }
  };

  struct coroutine {
    template <bench::offloads M>
    static bench::task_of<M, long> count(M& m, long times) {
      long n = 0;
      for (long i = 0; i < times; ++i) n = co_await bench::offload(m, bench::fn<call>, n);
      co_return n;
    }

    template <bench::offloads M>
    static bench::task_of<M, long> run(M& m, const input& in) {
      std::vector<long> counts(in.tasks);
      auto group = m.group();
      for (auto& n : counts) group.spawn(&n, bench::fn<count<M>>, in.times);
      co_await group.join();
      co_return std::accumulate(counts.begin(), counts.end(), 0L);
    }
  };
};

}  // namespace workloads
