#pragma once

#include <array>
#include <cstddef>
#include <numeric>
#include <vector>

#include "bench/contract/workload.hpp"

namespace workloads {

// A tree of tasks, ten children each; the leaves return their number and every node sums.
// Measures starting and joining many small tasks.
struct skynet {
  static constexpr std::string_view about =
      "a tree of tasks, ten children each, that sums its leaves";

  struct input {
    long leaves;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{100}};
      case bench::profile::quick:
        return {{1'000}, {100'000}};
      case bench::profile::standard:
        return {{1'000}, {100'000}, {1'000'000}};
      case bench::profile::thorough:
        return {{1'000}, {100'000}, {10'000'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"leaves", std::to_string(in.leaves)}}; }
  static bench::demand demand(const input& in) {
    const long nodes = (in.leaves * 10 - 1) / 9;
    return {.tasks = nodes, .live = nodes, .parked = 10};
  }
  static long expected(const input& in) { return in.leaves * (in.leaves - 1) / 2; }

  // The same recursion as plain calls.
  [[gnu::noinline]] static long plain(long first, long leaves) {
    if (leaves == 1) return first;
    long sum = 0;
    for (long i = 0; i < 10; ++i) sum += plain(first + i * leaves / 10, leaves / 10);
    return sum;
  }
  static long floor(const input& in) { return plain(0, in.leaves); }

  // Not part of the task: vector registers there would cost each task more than they save.
  [[gnu::noinline]] static long total(const std::array<long, 10>& sums) {
    return std::accumulate(sums.begin(), sums.end(), 0L);
  }

  struct direct {
    template <bench::nests M>
    static long node(M& m, long first, long leaves) {
      if (leaves == 1) return first;
      std::array<long, 10> sums;
      auto group = m.group();
      for (long i = 0; i < 10; ++i)
        group.spawn(&sums[i], bench::fn<node<M>>, first + i * leaves / 10, leaves / 10);
      group.join();
      return total(sums);
    }

    template <bench::nests M>
    static long run(M& m, const input& in) {
      return node(m, 0, in.leaves);
    }
  };

  struct coroutine {
    template <bench::nests M>
    static bench::task_of<M, long> node(M& m, long first, long leaves) {
      if (leaves == 1) co_return first;
      std::array<long, 10> sums;
      auto group = m.group();
      for (long i = 0; i < 10; ++i)
        group.spawn(&sums[i], bench::fn<node<M>>, first + i * leaves / 10, leaves / 10);
      co_await group.join();
      co_return total(sums);
    }

    template <bench::nests M>
    static bench::task_of<M, long> run(M& m, const input& in) {
      co_return co_await node(m, 0, in.leaves);
    }
  };
};

}  // namespace workloads
