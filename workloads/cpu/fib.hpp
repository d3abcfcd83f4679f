#pragma once

#include <string>
#include <vector>

#include "bench/contract/workload.hpp"

namespace workloads {

// The Fibonacci number of n by its own definition, each call a task that spawns two more: next to
// no work, so what is measured is the price of a fork and a join.
struct fib {
  static constexpr std::string_view about = "Fibonacci by naive recursion, every call a task";

  struct input {
    int n;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{6}};
      case bench::profile::quick:
      case bench::profile::standard:
        return {{13}, {25}};
      case bench::profile::thorough:
        return {{13}, {25}, {35}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"n", std::to_string(in.n)}}; }
  static bench::demand demand(const input& in) {
    const long calls = 2 * expected({in.n + 1}) - 1;
    return {.tasks = calls, .live = calls, .parked = in.n};
  }
  static long expected(const input& in) {
    long a = 0, b = 1;
    for (int i = 0; i < in.n; ++i) {
      b += a;
      a = b - a;
    }
    return a;
  }

  [[gnu::noinline]] static long plain(int n) { return n < 2 ? n : plain(n - 1) + plain(n - 2); }
  static long floor(const input& in) { return plain(in.n); }

  struct direct {
    template <bench::nests M>
    static long node(M& m, int n) {
      if (n < 2) return n;
      long a = 0, b = 0;
      auto group = m.group();
      group.spawn(&a, bench::fn<node<M>>, n - 1);
      group.spawn(&b, bench::fn<node<M>>, n - 2);
      group.join();
      return a + b;
    }

    template <bench::nests M>
    static long run(M& m, const input& in) {
      return node(m, in.n);
    }
  };

  struct coroutine {
    template <bench::nests M>
    static bench::task_of<M, long> node(M& m, int n) {
      if (n < 2) co_return n;
      long a = 0, b = 0;
      auto group = m.group();
      group.spawn(&a, bench::fn<node<M>>, n - 1);
      group.spawn(&b, bench::fn<node<M>>, n - 2);
      co_await group.join();
      co_return a + b;
    }

    template <bench::nests M>
    static bench::task_of<M, long> run(M& m, const input& in) {
      co_return co_await node(m, in.n);
    }
  };
};

}  // namespace workloads
