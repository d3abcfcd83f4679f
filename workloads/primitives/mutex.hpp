#pragma once

#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// Tasks that each take one lock many times, for an addition to a number that they share.
struct mutex {
  static constexpr std::string_view about =
      "tasks that share a lock around a short critical section";

  struct input {
    long tasks, times;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{4, 5}};
      case bench::profile::quick:
        return {{16, 100}};
      case bench::profile::standard:
        return {{16, 1'000}, {1'000, 100}};
      case bench::profile::thorough:
        return {{2, 10'000}, {16, 1'000}, {1'000, 1'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"tasks", std::to_string(in.tasks)}, {"times", std::to_string(in.times)}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.tasks * in.times, .live = in.tasks};
  }
  static long expected(const input& in) { return in.tasks * in.times; }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : size{in}, lock{bench::make<bench::mutex<M>>(m)}, counter{m.template buffer<long>(1)} {}
    void reset() { counter[0] = 0; }
    long answer(int) const { return counter[0]; }
    input size;
    bench::shared<bench::mutex<M>> lock;
    bench::buffer<long> counter;
  };

  struct direct {
    template <bench::locks M>
    static void add(M&, bench::mutex<M>* lock, long* counter, long times) {
      for (long i = 0; i < times; ++i) {
        lock->lock();
        ++*counter;
        lock->unlock();
      }
    }

    template <bench::locks M>
    static int run(M& m, setup<M>& s) {
      auto group = m.group();
      for (long i = 0; i < s.size.tasks; ++i)
        group.spawn(bench::fn<add<M>>, s.lock.get(), s.counter.data(), s.size.times);
      group.join();
      return 0;
    }
  };

  struct coroutine {
    template <bench::locks M>
    static bench::task_of<M, void> add(M&, bench::mutex<M>* lock, long* counter, long times) {
      for (long i = 0; i < times; ++i) {
        co_await lock->lock();
        ++*counter;
        lock->unlock();
      }
    }

    template <bench::locks M>
    static bench::task_of<M, int> run(M& m, setup<M>& s) {
      auto group = m.group();
      for (long i = 0; i < s.size.tasks; ++i)
        group.spawn(bench::fn<add<M>>, s.lock.get(), s.counter.data(), s.size.times);
      co_await group.join();
      co_return 0;
    }
  };
};

}  // namespace workloads
