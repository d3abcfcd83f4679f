#pragma once

#include <array>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "bench/contract/workload.hpp"

namespace workloads {

// All ways to put n queens on a board: a task for each safe place in the next row. The tree is
// uneven and its nodes carry a board, so that arguments have a price.
struct nqueens {
  static constexpr std::string_view about =
      "all placements of n queens, a task for each safe place";
  static constexpr int largest = 16;

  struct input {
    int n;
  };
  struct board {
    std::array<signed char, largest> queen_of_row;
  };

  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{4}};
      case bench::profile::quick:
      case bench::profile::standard:
        return {{6}, {10}};
      case bench::profile::thorough:
        return {{6}, {10}, {13}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"n", std::to_string(in.n)}}; }
  static bench::demand demand(const input& in) {
    const auto nodes = search((1U << in.n) - 1, 0, 0, 0).nodes;
    return {.tasks = nodes, .live = nodes, .parked = in.n};
  }

  // The same tree by bit masks, the columns and both diagonals at once: not the tasks' algorithm.
  struct tree {
    long nodes = 1, solutions = 0;
  };
  static tree search(unsigned all, unsigned columns, unsigned left, unsigned right) {
    if (columns == all) return {1, 1};
    tree found;
    for (unsigned free = all & ~(columns | left | right); free != 0; free &= free - 1) {
      const unsigned place = free & -free;
      const auto below = search(all, columns | place, (left | place) << 1, (right | place) >> 1);
      found.nodes += below.nodes;
      found.solutions += below.solutions;
    }
    return found;
  }
  static long expected(const input& in) { return search((1U << in.n) - 1, 0, 0, 0).solutions; }

  static bool safe(const board& b, int row, int column) {
    for (int r = 0; r < row; ++r) {
      const int d = b.queen_of_row[r] - column;
      if (d == 0 || std::abs(d) == row - r) return false;
    }
    return true;
  }
  static board with(board b, int row, int column) {
    b.queen_of_row[row] = static_cast<signed char>(column);
    return b;
  }
  [[gnu::noinline]] static long plain(int n, int row, const board& b) {
    if (row == n) return 1;
    long found = 0;
    for (int c = 0; c < n; ++c)
      if (safe(b, row, c)) found += plain(n, row + 1, with(b, row, c));
    return found;
  }
  static long floor(const input& in) { return plain(in.n, 0, {}); }

  struct direct {
    template <bench::nests M>
    static long node(M& m, int n, int row, board b) {
      if (row == n) return 1;
      std::array<long, largest> found{};
      auto group = m.group();
      for (int c = 0; c < n; ++c)
        if (safe(b, row, c))
          group.spawn(&found[c], bench::fn<node<M>>, n, row + 1, with(b, row, c));
      group.join();
      return std::accumulate(found.begin(), found.end(), 0L);
    }

    template <bench::nests M>
    static long run(M& m, const input& in) {
      return node(m, in.n, 0, board());
    }
  };

  struct coroutine {
    template <bench::nests M>
    static bench::task_of<M, long> node(M& m, int n, int row, board b) {
      if (row == n) co_return 1;
      std::array<long, largest> found{};
      auto group = m.group();
      for (int c = 0; c < n; ++c)
        if (safe(b, row, c))
          group.spawn(&found[c], bench::fn<node<M>>, n, row + 1, with(b, row, c));
      co_await group.join();
      co_return std::accumulate(found.begin(), found.end(), 0L);
    }

    template <bench::nests M>
    static bench::task_of<M, long> run(M& m, const input& in) {
      co_return co_await node(m, in.n, 0, board());
    }
  };
};

}  // namespace workloads
