#pragma once

#include <string>
#include <vector>

#include "bench/contract/supervision.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// Starts N tasks and takes them one by one, as they end: what it costs to watch tasks rather than
// to join them together, which primitives/spawn_join measures.
struct as_completed {
  static constexpr std::string_view about = "starts N tasks and takes each as it ends";

  struct input {
    long tasks;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{8}};
      case bench::profile::quick:
        return {{1'000}};
      case bench::profile::standard:
        return {{1'000}, {10'000}};
      case bench::profile::thorough:
        return {{100}, {1'000}, {10'000}, {100'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"tasks", std::to_string(in.tasks)}}; }
  static bench::demand demand(const input& in) { return {.tasks = in.tasks, .live = in.tasks}; }
  static long expected(const input& in) { return in.tasks * (in.tasks - 1) / 2; }

  struct direct {
    template <bench::supervises M>
    static long number(M&, long i) {
      return i;
    }

    template <bench::supervises M>
    static long collect(M&, bench::scope_of<M>& scope, long tasks) {
      std::vector<long> numbers(tasks);
      for (long i = 0; i < tasks; ++i) scope.spawn(&numbers[i], bench::fn<number<M>>, i);
      long sum = 0;
      for (long i = 0; i < tasks; ++i) {
        const auto done = scope.next();
        sum += numbers[done.index()];
      }
      return sum;
    }

    template <bench::supervises M>
    static long run(M& m, const input& in) {
      const long sum = m.with_scope(bench::on_failure::cancel, bench::fn<collect<M>>, in.tasks);
      return sum;
    }
  };

  struct coroutine {
    template <bench::supervises M>
    static bench::task_of<M, long> number(M&, long i) {
      co_return i;
    }

    template <bench::supervises M>
    static bench::task_of<M, long> collect(M&, bench::scope_of<M>& scope, long tasks) {
      std::vector<long> numbers(tasks);
      for (long i = 0; i < tasks; ++i) scope.spawn(&numbers[i], bench::fn<number<M>>, i);
      long sum = 0;
      for (long i = 0; i < tasks; ++i) {
        const auto done = co_await scope.next();
        sum += numbers[done.index()];
      }
      co_return sum;
    }

    template <bench::supervises M>
    static bench::task_of<M, long> run(M& m, const input& in) {
      const long sum =
          co_await m.with_scope(bench::on_failure::cancel, bench::fn<collect<M>>, in.tasks);
      co_return sum;
    }
  };
};

}  // namespace workloads
