#pragma once

#include <string>
#include <vector>

#include "bench/contract/workload.hpp"

namespace workloads {

// One call after the other goes to a worker, and the caller waits for its result: what a call costs
// there and back, when there is nothing to do meanwhile.
struct pool_apply {
  static constexpr std::string_view about = "one call at a time, to a worker and back";

  struct input {
    long calls;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{8}};
      case bench::profile::quick:
        return {{200}};
      case bench::profile::standard:
        return {{2'000}};
      case bench::profile::thorough:
        return {{20'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"calls", std::to_string(in.calls)}}; }
  static bench::demand demand(const input& in) { return {.tasks = in.calls, .live = 1}; }
  static long expected(const input& in) { return in.calls; }
  static long completed(long answer) { return answer; }

  struct direct {
    template <bench::pools M>
    static long next(M&, long n) {
      return n + 1;
    }

    template <bench::pools M>
    static long run(M& m, const input& in) {
      long n = 0;
      for (long i = 0; i < in.calls; ++i) n = m.apply(bench::fn<next<M>>, n);
      return n;
    }
  };

  struct coroutine {
    template <bench::pools M>
    static bench::task_of<M, long> next(M&, long n) {
      co_return n + 1;
    }

    template <bench::pools M>
    static bench::task_of<M, long> run(M& m, const input& in) {
      long n = 0;
      for (long i = 0; i < in.calls; ++i) n = co_await m.apply(bench::fn<next<M>>, n);
      co_return n;
    }
  };
};

}  // namespace workloads
