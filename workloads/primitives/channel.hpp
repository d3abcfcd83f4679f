#pragma once

#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// Four producers send numbers through one bounded channel to four consumers, which sum them.
struct channel {
  static constexpr std::string_view about =
      "four producers and four consumers over a bounded channel";
  static constexpr long pairs = 4;

  struct input {
    long items, capacity;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{40, 2}};
      case bench::profile::quick:
        return {{4'000, 64}};
      case bench::profile::standard:
        return {{4'000, 1}, {40'000, 64}};
      case bench::profile::thorough:
        return {{40'000, 1}, {400'000, 64}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"items", std::to_string(in.items)}, {"capacity", std::to_string(in.capacity)}};
  }
  static bench::demand demand(const input& in) { return {.tasks = in.items, .live = 2 * pairs}; }
  static long expected(const input& in) { return in.items * (in.items - 1) / 2; }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : each{in.items / pairs}, queue{bench::make<bench::channel<M, long>>(m, in.capacity)} {}
    long each;
    bench::shared<bench::channel<M, long>> queue;
  };

  struct direct {
    template <bench::waits M>
    static void produce(M&, bench::channel<M, long>* queue, long first, long count) {
      for (long i = 0; i < count; ++i) queue->send(first + i);
    }

    template <bench::waits M>
    static long consume(M&, bench::channel<M, long>* queue, long count) {
      long sum = 0;
      for (long i = 0; i < count; ++i) sum += queue->receive();
      return sum;
    }

    template <bench::waits M>
    static long run(M& m, setup<M>& s) {
      std::array<long, pairs> sums;
      auto group = m.group();
      for (long i = 0; i < pairs; ++i) {
        group.spawn(&sums[i], bench::fn<consume<M>>, s.queue.get(), s.each);
        group.spawn(bench::fn<produce<M>>, s.queue.get(), i * s.each, s.each);
      }
      group.join();
      return std::accumulate(sums.begin(), sums.end(), 0L);
    }
  };

  struct coroutine {
    template <bench::waits M>
    static bench::task_of<M, void> produce(M&, bench::channel<M, long>* queue, long first,
                                           long count) {
      for (long i = 0; i < count; ++i) co_await queue->send(first + i);
    }

    template <bench::waits M>
    static bench::task_of<M, long> consume(M&, bench::channel<M, long>* queue, long count) {
      long sum = 0;
      for (long i = 0; i < count; ++i) sum += co_await queue->receive();
      co_return sum;
    }

    template <bench::waits M>
    static bench::task_of<M, long> run(M& m, setup<M>& s) {
      std::array<long, pairs> sums;
      auto group = m.group();
      for (long i = 0; i < pairs; ++i) {
        group.spawn(&sums[i], bench::fn<consume<M>>, s.queue.get(), s.each);
        group.spawn(bench::fn<produce<M>>, s.queue.get(), i * s.each, s.each);
      }
      co_await group.join();
      co_return std::accumulate(sums.begin(), sums.end(), 0L);
    }
  };
};

}  // namespace workloads
