#pragma once

#include <string>
#include <vector>

#include "bench/contract/generator.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// Numbers that a body yields one at a time, from so many calls deep (`yield from`, again and
// again). An element should cost the same from any depth.
struct generator {
  static constexpr std::string_view about =
      "numbers from a generator, yielded from `depth` calls deep";

  struct input {
    long elements, depth;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{50, 3}};
      case bench::profile::quick:
        return {{20'000, 1}, {20'000, 100}};
      case bench::profile::standard:
        return {{200'000, 1}, {200'000, 10}, {200'000, 1'000}};
      case bench::profile::thorough:
        return {{1'000'000, 1}, {1'000'000, 10}, {1'000'000, 100}, {1'000'000, 1'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"elements", std::to_string(in.elements)}, {"depth", std::to_string(in.depth)}};
  }
  static bench::demand demand(const input& in) { return {.tasks = in.elements, .live = 1}; }
  static long expected(const input& in) { return in.elements * (in.elements - 1) / 2; }

  // The next number, by a call that the compiler cannot see through.
  [[gnu::noinline]] static long next_number(long& n) {
    asm volatile("" : "+r"(n));
    return n++;
  }
  static long floor(const input& in) {
    long sum = 0, n = 0;
    for (long i = 0; i < in.elements; ++i) sum += next_number(n);
    return sum;
  }

  struct direct {
    template <bench::generates M>
    static void numbers(M& m, bench::sink<M, long>& out, long elements, long depth) {
      if (depth > 1) {
        numbers(m, out, elements, depth - 1);
      } else {
        for (long i = 0; i < elements; ++i) out.yield(i);
      }
    }

    template <bench::generates M>
    static long run(M& m, const input& in) {
      long sum = 0;
      bench::generator<M, long> all{m, bench::fn<numbers<M>>, in.elements, in.depth};
      auto number = all.next();
      while (number) {
        sum += *number;
        number = all.next();
      }
      return sum;
    }
  };

  struct coroutine {
    template <bench::generates M>
    static bench::task_of<M, void> numbers(M& m, bench::sink<M, long>& out, long elements,
                                           long depth) {
      if (depth > 1) {
        co_await numbers(m, out, elements, depth - 1);
      } else {
        for (long i = 0; i < elements; ++i) co_await out.yield(i);
      }
    }

    template <bench::generates M>
    static bench::task_of<M, long> run(M& m, const input& in) {
      long sum = 0;
      bench::generator<M, long> all{m, bench::fn<numbers<M>>, in.elements, in.depth};
      auto number = co_await all.next();
      while (number) {
        sum += *number;
        number = co_await all.next();
      }
      co_return sum;
    }
  };
};

}  // namespace workloads
