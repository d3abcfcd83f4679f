#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// One task wakes many, round after round, and waits until all of them have been awake. Measures a
// broadcast: each round is one `set`, a wake-up for each waiter, and one `set` back.
struct event {
  static constexpr std::string_view about = "one task wakes many by an event, round after round";

  struct input {
    long waiters, rounds;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{3, 4}};
      case bench::profile::quick:
        return {{16, 50}};
      case bench::profile::standard:
        return {{1, 1'000}, {100, 100}};
      case bench::profile::thorough:
        return {{1, 10'000}, {100, 1'000}, {1'000, 100}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"waiters", std::to_string(in.waiters)}, {"rounds", std::to_string(in.rounds)}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.waiters * in.rounds, .live = in.waiters + 1};
  }
  // Each waiter adds the number of each round.
  static long expected(const input& in) { return in.waiters * in.rounds * (in.rounds - 1) / 2; }

  // Two signals that take turns: who has just been woken cannot take this round's for the next one.
  template <class M>
  struct signals {
    bench::event<M> go[2], all_awake;
    long awake = 0;
  };

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : size{in}, state{bench::make<signals<M>>(m)}, sums{m.template buffer<long>(in.waiters)} {}
    long answer(int) const {
      long sum = 0;
      for (const long s : sums) sum += s;
      return sum;
    }
    input size;
    bench::shared<signals<M>> state;
    bench::buffer<long> sums;
  };

  struct direct {
    template <bench::waits M>
    static void wait(M&, signals<M>* s, input size, long* result) {
      long sum = 0;
      for (long round = 0; round < size.rounds; ++round) {
        s->go[round % 2].wait();
        sum += round;
        if (round + 1 == size.rounds) *result = sum;
        if (++std::atomic_ref{s->awake} == size.waiters) s->all_awake.set();
      }
    }

    template <bench::waits M>
    static int run(M& m, setup<M>& s) {
      auto group = m.group();
      for (auto& sum : s.sums) group.spawn(bench::fn<wait<M>>, s.state.get(), s.size, &sum);
      for (long round = 0; round < s.size.rounds; ++round) {
        s.state->awake = 0;
        s.state->go[round % 2].set();
        s.state->all_awake.wait();
        s.state->all_awake.clear();
        s.state->go[round % 2].clear();
      }
      group.join();
      return 0;
    }
  };

  struct coroutine {
    template <bench::waits M>
    static bench::task_of<M, void> wait(M&, signals<M>* s, input size, long* result) {
      long sum = 0;
      for (long round = 0; round < size.rounds; ++round) {
        co_await s->go[round % 2].wait();
        sum += round;
        if (round + 1 == size.rounds) *result = sum;
        if (++std::atomic_ref{s->awake} == size.waiters) s->all_awake.set();
      }
    }

    template <bench::waits M>
    static bench::task_of<M, int> run(M& m, setup<M>& s) {
      auto group = m.group();
      for (auto& sum : s.sums) group.spawn(bench::fn<wait<M>>, s.state.get(), s.size, &sum);
      for (long round = 0; round < s.size.rounds; ++round) {
        s.state->awake = 0;
        s.state->go[round % 2].set();
        co_await s.state->all_awake.wait();
        s.state->all_awake.clear();
        s.state->go[round % 2].clear();
      }
      co_await group.join();
      co_return 0;
    }
  };
};

}  // namespace workloads
