#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/workload.hpp"
#include "bench/measure/held_memory.hpp"

namespace workloads {

// N tasks that all wait for one event at the same time, are woken and joined. What counts is what
// they hold meanwhile, `bytes_per_task`: weighed while all wait, less what was held before any was
// started, in the first run, whose time does not count.
struct idle {
  static constexpr std::string_view about =
      "N tasks that wait, all at once: what a waiting task holds";

  struct input {
    long tasks;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{20}};
      case bench::profile::quick:
        return {{500}};
      case bench::profile::standard:
        return {{1'000}, {100'000}};
      case bench::profile::thorough:
        return {{1'000}, {10'000}, {100'000}, {1'000'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"tasks", std::to_string(in.tasks)}}; }
  static bench::demand demand(const input& in) { return {.tasks = in.tasks, .live = in.tasks}; }
  // Each has seen all the others wait.
  static long expected(const input& in) { return in.tasks; }
  static long completed(long answer) { return answer; }

  template <class M>
  struct signals {
    bench::event<M> all_wait, go;
    long waiting = 0, tasks = 0;
  };

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : tasks{in.tasks},
          state{bench::make<signals<M>>(m)},
          woken(m.template buffer<char>(tasks)) {
      state->tasks = tasks;
    }
    void reset() {
      state->all_wait.clear();
      state->go.clear();
      state->waiting = 0;
      for (auto& slot : woken) slot = 0;
    }
    void weigh_before() {
      if (!weighed) held = -bench::held_bytes();
    }
    void weigh_waiting() {
      if (!weighed) held += bench::held_bytes();
      weighed = true;
    }
    std::map<std::string, double> counters() const {
      return {{"bytes_per_task", static_cast<double>(held) / static_cast<double>(tasks)}};
    }
    long answer(int) const { return std::accumulate(woken.begin(), woken.end(), 0L); }
    long tasks;
    bench::shared<signals<M>> state;
    bench::buffer<char> woken;
    std::int64_t held = 0;
    bool weighed = false;
  };

  struct direct {
    template <bench::waits M>
    static void wait(M&, signals<M>* s, char* woken) {
      if (++std::atomic_ref{s->waiting} == s->tasks) s->all_wait.set();
      s->go.wait();
      *woken = std::atomic_ref{s->waiting} == s->tasks;
    }

    template <bench::waits M>
    static int run(M& m, setup<M>& s) {
      s.weigh_before();
      auto group = m.group();
      for (auto& slot : s.woken) group.spawn(bench::fn<wait<M>>, s.state.get(), &slot);
      s.state->all_wait.wait();
      s.weigh_waiting();
      s.state->go.set();
      group.join();
      return 0;
    }
  };

  struct coroutine {
    template <bench::waits M>
    static bench::task_of<M, void> wait(M&, signals<M>* s, char* woken) {
      if (++std::atomic_ref{s->waiting} == s->tasks) s->all_wait.set();
      co_await s->go.wait();
      *woken = std::atomic_ref{s->waiting} == s->tasks;
    }

    template <bench::waits M>
    static bench::task_of<M, int> run(M& m, setup<M>& s) {
      s.weigh_before();
      auto group = m.group();
      for (auto& slot : s.woken) group.spawn(bench::fn<wait<M>>, s.state.get(), &slot);
      co_await s.state->all_wait.wait();
      s.weigh_waiting();
      s.state->go.set();
      co_await group.join();
      co_return 0;
    }
  };
};

}  // namespace workloads
