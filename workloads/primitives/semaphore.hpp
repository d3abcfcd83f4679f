#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// Tasks that each pass many times through a door for a few at a time. Whoever finds more inside
// than there are permits does not count its pass.
struct semaphore {
  static constexpr std::string_view about =
      "tasks that share a few permits, each taken for a moment";

  struct input {
    long tasks, permits, times;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{4, 2, 5}};
      case bench::profile::quick:
        return {{16, 4, 100}};
      case bench::profile::standard:
        return {{16, 4, 1'000}, {1'000, 4, 100}};
      case bench::profile::thorough:
        return {{16, 1, 1'000}, {16, 4, 1'000}, {1'000, 4, 1'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"tasks", std::to_string(in.tasks)},
            {"permits", std::to_string(in.permits)},
            {"times", std::to_string(in.times)}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.tasks * in.times, .live = in.tasks};
  }
  static long expected(const input& in) { return in.tasks * in.times; }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : size{in},
          door{bench::make<bench::semaphore<M>>(m, in.permits)},
          inside{m.template buffer<long>(1)},
          passed(m.template buffer<long>(in.tasks)) {}
    long answer(int) const {
      long sum = 0;
      for (const long n : passed) sum += n;
      return sum;
    }
    input size;
    bench::shared<bench::semaphore<M>> door;
    bench::buffer<long> inside, passed;
  };

  // Whether this one may be inside.
  static bool enter(long* inside, long permits) { return ++std::atomic_ref{*inside} <= permits; }
  static void leave(long* inside) { --std::atomic_ref{*inside}; }

  struct direct {
    template <bench::locks M>
    static void pass(M&, bench::semaphore<M>* door, long* inside, long permits, long times,
                     long* passed) {
      long right = 0;
      for (long i = 0; i < times; ++i) {
        door->acquire();
        right += enter(inside, permits);
        leave(inside);
        door->release();
      }
      *passed = right;
    }

    template <bench::locks M>
    static int run(M& m, setup<M>& s) {
      auto group = m.group();
      for (long i = 0; i < s.size.tasks; ++i)
        group.spawn(bench::fn<pass<M>>, s.door.get(), s.inside.data(), s.size.permits, s.size.times,
                    &s.passed[i]);
      group.join();
      return 0;
    }
  };

  struct coroutine {
    template <bench::locks M>
    static bench::task_of<M, void> pass(M&, bench::semaphore<M>* door, long* inside, long permits,
                                        long times, long* passed) {
      long right = 0;
      for (long i = 0; i < times; ++i) {
        co_await door->acquire();
        right += enter(inside, permits);
        leave(inside);
        door->release();
      }
      *passed = right;
    }

    template <bench::locks M>
    static bench::task_of<M, int> run(M& m, setup<M>& s) {
      auto group = m.group();
      for (long i = 0; i < s.size.tasks; ++i)
        group.spawn(bench::fn<pass<M>>, s.door.get(), s.inside.data(), s.size.permits, s.size.times,
                    &s.passed[i]);
      co_await group.join();
      co_return 0;
    }
  };
};

}  // namespace workloads
