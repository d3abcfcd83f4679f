#pragma once

#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// Two tasks pass a value back and forth through two channels of one place; each turn adds one.
// Measures a wait and a wake-up.
struct switch_ {
  static constexpr std::string_view about = "two tasks pass a value back and forth";

  struct input {
    long turns;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{10}};
      case bench::profile::quick:
        return {{500}};
      case bench::profile::standard:
      case bench::profile::thorough:
        return {{10'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"turns", std::to_string(in.turns)}}; }
  static bench::demand demand(const input& in) { return {.tasks = 2 * in.turns, .live = 2}; }
  static long expected(const input& in) { return 2 * in.turns; }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : turns{in.turns},
          there{bench::make<bench::channel<M, long>>(m, 1)},
          back{bench::make<bench::channel<M, long>>(m, 1)} {}
    long turns;
    bench::shared<bench::channel<M, long>> there, back;
  };

  struct direct {
    template <bench::waits M>
    static long player(M&, bench::channel<M, long>* in, bench::channel<M, long>* out, long turns,
                       bool first) {
      long value = 0;
      for (long i = 0; i < turns; ++i) {
        if (!first || i > 0) value = in->receive();
        out->send(value + 1);
      }
      if (first) value = in->receive();
      return value;
    }

    template <bench::waits M>
    static long run(M& m, setup<M>& s) {
      long last = 0, unused = 0;
      auto group = m.group();
      group.spawn(&unused, bench::fn<player<M>>, s.there.get(), s.back.get(), s.turns, false);
      group.spawn(&last, bench::fn<player<M>>, s.back.get(), s.there.get(), s.turns, true);
      group.join();
      return last;
    }
  };

  struct coroutine {
    template <bench::waits M>
    static bench::task_of<M, long> player(M&, bench::channel<M, long>* in,
                                          bench::channel<M, long>* out, long turns, bool first) {
      long value = 0;
      for (long i = 0; i < turns; ++i) {
        if (!first || i > 0) value = co_await in->receive();
        co_await out->send(value + 1);
      }
      if (first) value = co_await in->receive();
      co_return value;
    }

    template <bench::waits M>
    static bench::task_of<M, long> run(M& m, setup<M>& s) {
      long last = 0, unused = 0;
      auto group = m.group();
      group.spawn(&unused, bench::fn<player<M>>, s.there.get(), s.back.get(), s.turns, false);
      group.spawn(&last, bench::fn<player<M>>, s.back.get(), s.there.get(), s.turns, true);
      co_await group.join();
      co_return last;
    }
  };
};

}  // namespace workloads
