#pragma once

#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// A token goes round a ring of tasks, each of which adds one and passes it on; the one who started
// it takes it back after the last round. All tasks but one wait at any time.
struct ring {
  static constexpr std::string_view about = "a token goes round a ring of waiting tasks";

  struct input {
    long tasks, rounds;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{3, 2}};
      case bench::profile::quick:
        return {{100, 3}};
      case bench::profile::standard:
        return {{100, 10}, {1'000, 3}};
      case bench::profile::thorough:
        return {{100, 10}, {1'000, 10}, {10'000, 10}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"tasks", std::to_string(in.tasks)}, {"rounds", std::to_string(in.rounds)}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.tasks * in.rounds, .live = in.tasks};
  }
  static long expected(const input& in) { return in.tasks * in.rounds; }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : size{in}, places{bench::make_many<bench::channel<M, long>>(m, in.tasks + 1, 1)} {}
    input size;
    bench::shared<bench::channel<M, long>> places;
  };

  struct direct {
    template <bench::waits M>
    static void member(M&, bench::channel<M, long>* in, bench::channel<M, long>* out, long rounds) {
      for (long i = 0; i < rounds; ++i) {
        auto token = in->receive();
        out->send(token + 1);
      }
    }

    template <bench::waits M>
    static long run(M& m, setup<M>& s) {
      auto group = m.group();
      auto* const places = s.places.get();
      for (long i = 0; i < s.size.tasks; ++i)
        group.spawn(bench::fn<member<M>>, places + i, places + i + 1, s.size.rounds);
      long token = 0;
      for (long i = 0; i < s.size.rounds; ++i) {
        places[0].send(token);
        token = places[s.size.tasks].receive();
      }
      group.join();
      return token;
    }
  };

  struct coroutine {
    template <bench::waits M>
    static bench::task_of<M, void> member(M&, bench::channel<M, long>* in,
                                          bench::channel<M, long>* out, long rounds) {
      for (long i = 0; i < rounds; ++i) {
        auto token = co_await in->receive();
        co_await out->send(token + 1);
      }
    }

    template <bench::waits M>
    static bench::task_of<M, long> run(M& m, setup<M>& s) {
      auto group = m.group();
      auto* const places = s.places.get();
      for (long i = 0; i < s.size.tasks; ++i)
        group.spawn(bench::fn<member<M>>, places + i, places + i + 1, s.size.rounds);
      long token = 0;
      for (long i = 0; i < s.size.rounds; ++i) {
        co_await places[0].send(token);
        token = co_await places[s.size.tasks].receive();
      }
      co_await group.join();
      co_return token;
    }
  };
};

}  // namespace workloads
