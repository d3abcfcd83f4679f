#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/workload.hpp"
#include "bench/measure/recorder.hpp"

namespace workloads {

// N tasks sleep side by side, each a little longer than the one before: all of it should take as
// long as the longest, not as the sum. Latencies are the overshoots; who wakes early is not counted
// as done.
struct timer {
  static constexpr std::string_view about =
      "N sleepers of different lengths; the latency is how late they wake";

  struct input {
    long sleepers, longest_us;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{10, 1'000}};
      case bench::profile::quick:
        return {{500, 20'000}};
      case bench::profile::standard:
        return {{1'000, 20'000}, {100'000, 1'000}};
      case bench::profile::thorough:
        return {{1'000, 20'000}, {10'000, 200'000}, {100'000, 1'000}, {100'000, 1'000'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"sleepers", std::to_string(in.sleepers)},
            {"longest_us", std::to_string(in.longest_us)}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.sleepers, .live = in.sleepers};
  }
  static long expected(const input& in) { return in.sleepers; }
  static long completed(long answer) { return answer; }

  template <class M>
  struct setup {
    setup(M& m, const input& in) : size{in}, sleeps{m, static_cast<std::size_t>(in.sleepers)} {}
    void reset() { std::fill(sleeps.begin(), sleeps.end(), bench::stopwatch{}); }
    long answer(int) const {
      return std::count_if(sleeps.begin(), sleeps.end(),
                           [](const auto& sleep) { return sleep.late_ns() >= 0; });
    }
    bench::histogram latencies() const { return sleeps.latencies(); }

    std::int64_t length_of(long i) const {
      return 1'000 * size.longest_us * (i + 1) / size.sleepers;
    }

    input size;
    bench::recorder sleeps;
  };

  // One sleep after the other, each until the next is due.
  static int floor(setup<bench::no_model>& s) {
    for (auto& sleep : s.sleeps) sleep.start();
    for (long i = 0; i < s.size.sleepers; ++i) s.sleeps.watch(i)->sleep_and_stop(s.length_of(i));
    return 0;
  }

  struct direct {
    template <bench::waits M>
    static void sleep(M& m, bench::stopwatch* watch, std::int64_t ns) {
      watch->start();
      bench::sleep_for(m, ns);
      watch->stop(ns);
    }

    template <bench::waits M>
    static int run(M& m, setup<M>& s) {
      auto group = m.group();
      for (long i = 0; i < s.size.sleepers; ++i)
        group.spawn(bench::fn<sleep<M>>, s.sleeps.watch(i), s.length_of(i));
      group.join();
      return 0;
    }
  };

  struct coroutine {
    template <bench::waits M>
    static bench::task_of<M, void> sleep(M& m, bench::stopwatch* watch, std::int64_t ns) {
      watch->start();
      co_await bench::sleep_for(m, ns);
      watch->stop(ns);
    }

    template <bench::waits M>
    static bench::task_of<M, int> run(M& m, setup<M>& s) {
      auto group = m.group();
      for (long i = 0; i < s.size.sleepers; ++i)
        group.spawn(bench::fn<sleep<M>>, s.sleeps.watch(i), s.length_of(i));
      co_await group.join();
      co_return 0;
    }
  };
};

}  // namespace workloads
