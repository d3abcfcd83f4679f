#pragma once

#include <poll.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/offload.hpp"
#include "bench/contract/workload.hpp"
#include "bench/measure/recorder.hpp"

namespace workloads {

// Tickers sleep for a millisecond again and again, while one task makes a call that blocks its
// thread, as a library that knows nothing of the model does: inline, or offloaded to threads that
// are there for such calls. Latencies are how late the tickers wake: max_ns is the longest stall
// that the call has caused to the others.
struct blocking_call {
  static constexpr std::string_view about =
      "tickers beside a task whose call blocks; the latency is how late they wake";
  static constexpr std::int64_t period_ns = 1'000'000;

  struct input {
    long tickers, ticks, call_ms;
    bool offloaded;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{5, 5, 2, false}, {5, 5, 2, true}};
      case bench::profile::quick:
        return {{100, 20, 10, false}, {100, 20, 10, true}};
      case bench::profile::standard:
        return {{1'000, 50, 20, false}, {1'000, 50, 20, true}};
      case bench::profile::thorough:
        return {{1'000, 50, 5, false},
                {1'000, 50, 5, true},
                {1'000, 100, 50, false},
                {1'000, 100, 50, true}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"tickers", std::to_string(in.tickers)},
            {"ticks", std::to_string(in.ticks)},
            {"call_ms", std::to_string(in.call_ms)},
            {"offloaded", in.offloaded ? "1" : "0"}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.tickers * in.ticks + 1, .live = in.tickers + 1};
  }
  static long expected(const input& in) { return in.tickers * in.ticks + 1; }
  static long completed(long answer) { return answer; }

  // Says so when it is over.
  [[gnu::noinline]] static long block_for(long ms) {
    ::poll(nullptr, 0, static_cast<int>(ms));
    return 1;
  }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : size{in}, ticks{m, static_cast<std::size_t>(in.tickers * in.ticks)} {}
    void reset() { std::fill(ticks.begin(), ticks.end(), bench::stopwatch{}); }
    long answer(long calls) const {
      return calls + std::count_if(ticks.begin(), ticks.end(),
                                   [](const auto& tick) { return tick.late_ns() >= 0; });
    }
    bench::histogram latencies() const { return ticks.latencies(); }
    bench::stopwatch* watches_of(long ticker) const { return ticks.watch(ticker * size.ticks); }

    input size;
    bench::recorder ticks;
  };

  // A loop for the tickers, and a thread for the call.
  static long floor(setup<bench::no_model>& s) {
    long calls = 0;
    std::jthread caller{[&] {
      ::poll(nullptr, 0, 2);
      calls = block_for(s.size.call_ms);
    }};
    for (long tick = 0; tick < s.size.ticks; ++tick) {
      for (long i = 0; i < s.size.tickers; ++i) s.watches_of(i)[tick].start();
      for (long i = 0; i < s.size.tickers; ++i) s.watches_of(i)[tick].sleep_and_stop(period_ns);
    }
    caller.join();
    return calls;
  }

  struct direct {
    template <bench::waits M>
    requires bench::does_io<M>
    static void tick(M& m, bench::stopwatch* watches, long ticks) {
      for (long i = 0; i < ticks; ++i) {
        watches[i].start();
        bench::sleep_for(m, period_ns);
        watches[i].stop(period_ns);
      }
    }

    template <bench::waits M>
    requires bench::does_io<M>
    static long call(M& m, long ms, bool offloaded) {
      bench::sleep_for(m, 2 * period_ns);
      if (!offloaded) return block_for(ms);
      const long done = bench::offload(m, bench::fn<block_for>, ms);
      return done;
    }

    template <bench::waits M>
    requires bench::does_io<M>
    static long run(M& m, setup<M>& s) {
      long calls = 0;
      auto group = m.group();
      for (long i = 0; i < s.size.tickers; ++i)
        group.spawn(bench::fn<tick<M>>, s.watches_of(i), s.size.ticks);
      group.spawn(&calls, bench::fn<call<M>>, s.size.call_ms, s.size.offloaded);
      group.join();
      return calls;
    }
  };

  struct coroutine {
    template <bench::waits M>
    requires bench::does_io<M>
    static bench::task_of<M, void> tick(M& m, bench::stopwatch* watches, long ticks) {
      for (long i = 0; i < ticks; ++i) {
        watches[i].start();
        co_await bench::sleep_for(m, period_ns);
        watches[i].stop(period_ns);
      }
    }

    template <bench::waits M>
    requires bench::does_io<M>
    static bench::task_of<M, long> call(M& m, long ms, bool offloaded) {
      co_await bench::sleep_for(m, 2 * period_ns);
      if (!offloaded) co_return block_for(ms);
      const long done = co_await bench::offload(m, bench::fn<block_for>, ms);
      co_return done;
    }

    template <bench::waits M>
    requires bench::does_io<M>
    static bench::task_of<M, long> run(M& m, setup<M>& s) {
      long calls = 0;
      auto group = m.group();
      for (long i = 0; i < s.size.tickers; ++i)
        group.spawn(bench::fn<tick<M>>, s.watches_of(i), s.size.ticks);
      group.spawn(&calls, bench::fn<call<M>>, s.size.call_ms, s.size.offloaded);
      co_await group.join();
      co_return calls;
    }
  };
};

}  // namespace workloads
