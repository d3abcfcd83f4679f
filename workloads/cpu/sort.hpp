#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/contract/workload.hpp"
#include "workloads/kernels/checksum.hpp"
#include "workloads/kernels/merge.hpp"

namespace workloads {

// Merge sort of random 64-bit numbers: halves are tasks, and so are the pieces of a long merge.
// Nested, bound by memory towards the root, its tasks of many sizes.
struct sort {
  static constexpr std::string_view about = "merge sort, halves and pieces of merges as tasks";
  static constexpr long leaf = 4096;    // numbers that a task sorts by itself
  static constexpr long piece = 16384;  // of a merge

  struct input {
    long numbers;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{40'000}};
      case bench::profile::quick:
        return {{1 << 18}};
      case bench::profile::standard:
        return {{1 << 20}};
      case bench::profile::thorough:
        return {{1 << 20}, {1 << 23}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"numbers", std::to_string(in.numbers)}};
  }
  static long tasks(long n) {
    if (n <= leaf) return 1;
    return 1 + tasks(n / 2) + tasks(n - n / 2) + (n > piece ? (n + piece - 1) / piece : 0);
  }
  static bench::demand demand(const input& in) {
    return {.tasks = tasks(in.numbers), .live = tasks(in.numbers)};
  }

  // In order, and the same numbers: a sum over their hashes does not depend on the order.
  static std::string verdict(long in_order, std::uint64_t sum) {
    return fmt::format("{} numbers in order, their hashes' sum {:016x}", in_order, sum);
  }
  static std::string expected(const input& in) {
    std::uint64_t sum = 0;
    for (long i = 0; i < in.numbers; ++i) sum += mixed(random_number(i) + 1);
    return verdict(in.numbers, sum);
  }

  // Either buffer can be the source: at the start both hold the same.
  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : numbers{m.template buffer<std::uint64_t>(in.numbers)},
          spare{m.template buffer<std::uint64_t>(in.numbers)} {}
    void reset() {
      for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = spare[i] = random_number(i);
    }
    std::string answer(bool) const {
      std::uint64_t sum = 0;
      for (const auto number : numbers) sum += mixed(number + 1);
      return verdict(std::is_sorted_until(numbers.begin(), numbers.end()) - numbers.begin(), sum);
    }

    bench::buffer<std::uint64_t> numbers, spare;
  };

  [[gnu::noinline]] static void sort_leaf(std::uint64_t* numbers, long n) {
    std::sort(numbers, numbers + n);
  }
  static bool floor(setup<bench::no_model>& s) {
    std::sort(s.numbers.begin(), s.numbers.end());
    return true;
  }

  struct direct {
    template <class M>
    static void merge(M&, runs r, std::uint64_t* to, long first, long last) {
      return merge_piece(r, to, first, last);
    }

    // Sorts `to`, which holds the same as `from`; `from` is used up.
    template <bench::nests M>
    static void node(M& m, std::uint64_t* to, std::uint64_t* from, long n) {
      if (n <= leaf) {
        sort_leaf(to, n);
      } else {
        const long half = n / 2;
        auto halves = m.group();
        halves.spawn(bench::fn<node<M>>, from, to, half);
        halves.spawn(bench::fn<node<M>>, from + half, to + half, n - half);
        halves.join();
        const runs r{from, std::size_t(half), std::size_t(n)};
        if (n <= piece) {
          merge_piece(r, to, 0, n);
        } else {
          auto pieces = m.group();
          for (long at = 0; at < n; at += piece)
            pieces.spawn(bench::fn<merge<M>>, r, to, at, std::min(at + piece, n));
          pieces.join();
        }
      }
    }

    template <bench::nests M>
    static bool run(M& m, setup<M>& s) {
      node(m, s.numbers.data(), s.spare.data(), static_cast<long>(s.numbers.size()));
      return true;
    }
  };

  struct coroutine {
    template <class M>
    static bench::task_of<M, void> merge(M&, runs r, std::uint64_t* to, long first, long last) {
      co_return merge_piece(r, to, first, last);
    }

    // Sorts `to`, which holds the same as `from`; `from` is used up.
    template <bench::nests M>
    static bench::task_of<M, void> node(M& m, std::uint64_t* to, std::uint64_t* from, long n) {
      if (n <= leaf) {
        sort_leaf(to, n);
      } else {
        const long half = n / 2;
        auto halves = m.group();
        halves.spawn(bench::fn<node<M>>, from, to, half);
        halves.spawn(bench::fn<node<M>>, from + half, to + half, n - half);
        co_await halves.join();
        const runs r{from, std::size_t(half), std::size_t(n)};
        if (n <= piece) {
          merge_piece(r, to, 0, n);
        } else {
          auto pieces = m.group();
          for (long at = 0; at < n; at += piece)
            pieces.spawn(bench::fn<merge<M>>, r, to, at, std::min(at + piece, n));
          co_await pieces.join();
        }
      }
    }

    template <bench::nests M>
    static bench::task_of<M, bool> run(M& m, setup<M>& s) {
      co_await node(m, s.numbers.data(), s.spare.data(), static_cast<long>(s.numbers.size()));
      co_return true;
    }
  };
};

}  // namespace workloads
