#pragma once

#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// The bounded buffer of the textbooks: a mutex and two conditions, four producers that wait until
// there is room, four consumers that wait until there is an item. What `channel` does by hand.
struct condition {
  static constexpr std::string_view about =
      "producers and consumers over a buffer with a mutex and two conditions";
  static constexpr long pairs = 4, room = 64;

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
  struct buffer {
    explicit buffer(long most) : capacity{most} {}
    bool full() const { return put - taken == capacity; }
    bool empty() const { return put == taken; }

    bench::mutex<M> lock;
    bench::condition<M> has_room, has_items;
    long capacity, put = 0, taken = 0;
    std::array<long, room> items{};
  };

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : each{in.items / pairs}, queue{bench::make<buffer<M>>(m, in.capacity)} {}
    long each;
    bench::shared<buffer<M>> queue;
  };

  struct direct {
    template <bench::waits M>
    static void produce(M&, buffer<M>* b, long first, long count) {
      for (long i = 0; i < count; ++i) {
        b->lock.lock();
        while (b->full()) b->has_room.wait(b->lock);
        b->items[b->put++ % b->capacity] = first + i;
        b->lock.unlock();
        b->has_items.notify_one();
      }
    }

    template <bench::waits M>
    static long consume(M&, buffer<M>* b, long count) {
      long sum = 0;
      for (long i = 0; i < count; ++i) {
        b->lock.lock();
        while (b->empty()) b->has_items.wait(b->lock);
        sum += b->items[b->taken++ % b->capacity];
        b->lock.unlock();
        b->has_room.notify_one();
      }
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
    static bench::task_of<M, void> produce(M&, buffer<M>* b, long first, long count) {
      for (long i = 0; i < count; ++i) {
        co_await b->lock.lock();
        while (b->full()) co_await b->has_room.wait(b->lock);
        b->items[b->put++ % b->capacity] = first + i;
        b->lock.unlock();
        b->has_items.notify_one();
      }
    }

    template <bench::waits M>
    static bench::task_of<M, long> consume(M&, buffer<M>* b, long count) {
      long sum = 0;
      for (long i = 0; i < count; ++i) {
        co_await b->lock.lock();
        while (b->empty()) co_await b->has_items.wait(b->lock);
        sum += b->items[b->taken++ % b->capacity];
        b->lock.unlock();
        b->has_room.notify_one();
      }
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
