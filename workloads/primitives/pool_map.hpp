#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "bench/contract/workload.hpp"

namespace workloads {

// A map over items whose payload lies in the model's memory, read by the workers: what handing out
// costs by the size of the chunks (0: the default, ceil(n / 4 workers)), and what a payload adds.
struct pool_map {
  static constexpr std::string_view about = "a map over items with a payload, by the chunk's size";

  struct input {
    long items, payload_bytes, chunk;
  };
  static constexpr long largest = 8L << 20;
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{20, 64, 1}, {20, 64, 0}};
      case bench::profile::quick:
        return {{2'000, 64, 1}, {2'000, 64, 0}, {4, largest, 1}};
      case bench::profile::standard:
        return {{10'000, 64, 1},
                {10'000, 64, 100},
                {10'000, 64, 0},
                {1'000, 64L << 10, 1},
                {8, largest, 1}};
      case bench::profile::thorough:
        return {{100'000, 64, 1},       {100'000, 64, 10},     {100'000, 64, 1'000},
                {100'000, 64, 0},       {10'000, 4L << 10, 1}, {10'000, 4L << 10, 0},
                {1'000, 512L << 10, 1}, {32, largest, 1},      {32, largest, 0}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"items", std::to_string(in.items)},
            {"payload_bytes", std::to_string(in.payload_bytes)},
            {"chunk", std::to_string(in.chunk)}};
  }
  static bench::demand demand(const input& in) { return {.tasks = in.items, .live = in.items}; }
  // Every word of item i holds i.
  static std::uint64_t expected(const input& in) {
    std::uint64_t sum = 0;
    for (long i = 0; i < in.items; ++i)
      sum += static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(in.payload_bytes / 8);
    return sum;
  }

  struct payload {
    const std::uint64_t* words;
    long n;
  };
  [[gnu::noinline]] static std::uint64_t sum_of(payload p) {
    return std::accumulate(p.words, p.words + p.n, std::uint64_t{0});
  }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : chunk{static_cast<std::size_t>(in.chunk)},
          memory{m.template buffer<std::uint64_t>(
              static_cast<std::size_t>(in.items * (in.payload_bytes / 8)))} {
      const long n = in.payload_bytes / 8;
      for (long i = 0; i < in.items; ++i) {
        std::fill_n(memory.data() + i * n, n, static_cast<std::uint64_t>(i));
        items.push_back({memory.data() + i * n, n});
      }
    }

    std::size_t chunk;
    bench::buffer<std::uint64_t> memory;
    std::vector<payload> items;
  };

  // A loop.
  static std::uint64_t floor(setup<bench::no_model>& s) {
    std::uint64_t sum = 0;
    for (const auto& item : s.items) sum += sum_of(item);
    return sum;
  }

  struct direct {
    template <bench::maps M>
    static std::uint64_t read(M&, payload p) {
      return sum_of(p);
    }

    template <bench::maps M>
    static std::uint64_t run(M& m, setup<M>& s) {
      const auto sums = m.map(bench::fn<read<M>>, s.items, s.chunk);
      return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
    }
  };

  struct coroutine {
    template <bench::maps M>
    static bench::task_of<M, std::uint64_t> read(M&, payload p) {
      co_return sum_of(p);
    }

    template <bench::maps M>
    static bench::task_of<M, std::uint64_t> run(M& m, setup<M>& s) {
      const auto sums = co_await m.map(bench::fn<read<M>>, s.items, s.chunk);
      co_return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
    }
  };
};

}  // namespace workloads
