#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "bench/contract/workload.hpp"

namespace workloads {

// N tasks that do nothing but say that they ran, started one after the other and joined together.
struct spawn_join {
  static constexpr std::string_view about = "starts N empty tasks and joins them";

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
        return {{1}, {1'000}, {10'000}};
      case bench::profile::thorough:
        return {{1}, {10}, {100}, {1'000}, {10'000}, {1'000'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"tasks", std::to_string(in.tasks)}}; }
  static bench::demand demand(const input& in) {
    return {.tasks = in.tasks, .live = in.tasks, .parked = 0};
  }
  static long expected(const input& in) { return in.tasks; }
  static long completed(long answer) { return answer; }

  template <class M>
  struct setup {
    setup(M& m, const input& in) : ran{m.template buffer<char>(in.tasks)} {}
    void reset() { std::fill(ran.begin(), ran.end(), 0); }
    long answer(int) { return std::accumulate(ran.begin(), ran.end(), 0L); }
    bench::buffer<char> ran;
  };

  // What a task does: a call that the compiler cannot see through.
  [[gnu::noinline]] static char done() {
    asm volatile("");
    return 1;
  }
  static int floor(setup<bench::no_model>& s) {
    for (auto& ran : s.ran) ran = done();
    return 0;
  }

  struct direct {
    template <bench::model M>
    static char empty(M&) {
      return done();
    }

    template <bench::model M>
    static int run(M& m, setup<M>& s) {
      auto group = m.group();
      for (auto& ran : s.ran) group.spawn(&ran, bench::fn<empty<M>>);
      group.join();
      return 0;
    }
  };

  struct coroutine {
    template <bench::model M>
    static bench::task_of<M, char> empty(M&) {
      co_return done();
    }

    template <bench::model M>
    static bench::task_of<M, int> run(M& m, setup<M>& s) {
      auto group = m.group();
      for (auto& ran : s.ran) group.spawn(&ran, bench::fn<empty<M>>);
      co_await group.join();
      co_return 0;
    }
  };
};

}  // namespace workloads
