#pragma once

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/supervision.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// N tasks wait side by side, each for a limited time: every other one is served before it is over,
// the others by nobody, ever.
struct timeout {
  static constexpr std::string_view about =
      "N tasks wait within a time; half of them are served, half run out of it";

  struct input {
    long tasks, limit_us;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{8, 5'000}};
      case bench::profile::quick:
        return {{1'000, 10'000}};
      case bench::profile::standard:
        return {{1'000, 10'000}, {10'000, 100'000}};
      case bench::profile::thorough:
        return {{1'000, 10'000}, {10'000, 100'000}, {100'000, 1'000'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"tasks", std::to_string(in.tasks)}, {"limit_us", std::to_string(in.limit_us)}};
  }
  static bench::demand demand(const input& in) { return {.tasks = in.tasks, .live = in.tasks}; }
  // Those that ran out of time count for one, those that were served for what they got.
  static long expected(const input& in) { return in.tasks / 2 + 1'000 * (in.tasks - in.tasks / 2); }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : size{in},
          busy{bench::make<bench::channel<M, long>>(m, std::size_t{1})},
          silent{bench::make<bench::channel<M, long>>(m, std::size_t{1})} {}
    input size;
    bench::shared<bench::channel<M, long>> busy, silent;
  };

  struct direct {
    template <class M>
    static long receive(M&, bench::channel<M, long>* from) {
      const long value = from->receive();
      return value;
    }

    template <class M>
    static long receive_within(M& m, bench::channel<M, long>* from, std::int64_t ns) {
      long value = 1;
      try {
        value = m.within(ns, bench::fn<receive<M>>, from);
      } catch (const bench::timed_out&) {
      }
      return value;
    }

    template <bench::waits M>
    requires bench::cancels<M>
    static long run(M& m, setup<M>& s) {
      std::vector<long> values(s.size.tasks);
      const auto limit_ns = std::int64_t{1'000} * s.size.limit_us, long_ns = 1'000 * limit_ns;
      auto group = m.group();
      for (long i = 0; i < s.size.tasks; ++i)
        group.spawn(&values[i], bench::fn<receive_within<M>>,
                    i % 2 == 0 ? s.busy.get() : s.silent.get(), i % 2 == 0 ? long_ns : limit_ns);
      for (long i = 0; i < s.size.tasks; i += 2) s.busy->send(1'000);
      group.join();
      return std::accumulate(values.begin(), values.end(), 0L);
    }
  };

  struct coroutine {
    template <class M>
    static bench::task_of<M, long> receive(M&, bench::channel<M, long>* from) {
      const long value = co_await from->receive();
      co_return value;
    }

    template <class M>
    static bench::task_of<M, long> receive_within(M& m, bench::channel<M, long>* from,
                                                  std::int64_t ns) {
      long value = 1;
      try {
        value = co_await m.within(ns, bench::fn<receive<M>>, from);
      } catch (const bench::timed_out&) {
      }
      co_return value;
    }

    template <bench::waits M>
    requires bench::cancels<M>
    static bench::task_of<M, long> run(M& m, setup<M>& s) {
      std::vector<long> values(s.size.tasks);
      const auto limit_ns = std::int64_t{1'000} * s.size.limit_us, long_ns = 1'000 * limit_ns;
      auto group = m.group();
      for (long i = 0; i < s.size.tasks; ++i)
        group.spawn(&values[i], bench::fn<receive_within<M>>,
                    i % 2 == 0 ? s.busy.get() : s.silent.get(), i % 2 == 0 ? long_ns : limit_ns);
      for (long i = 0; i < s.size.tasks; i += 2) co_await s.busy->send(1'000);
      co_await group.join();
      co_return std::accumulate(values.begin(), values.end(), 0L);
    }
  };
};

}  // namespace workloads
