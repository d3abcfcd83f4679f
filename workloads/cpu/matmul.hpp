#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/contract/workload.hpp"
#include "workloads/kernels/checksum.hpp"
#include "workloads/kernels/matmul_kernel.hpp"

namespace workloads {

// C = A B for square matrices of doubles, a task for each 64 by 64 tile of C: even, bound by
// arithmetic, over data that all tasks read.
struct matmul {
  static constexpr std::string_view about = "a matrix product, a task for each 64 x 64 tile";

  struct input {
    int n;  // a multiple of 64
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{128}};
      case bench::profile::quick:
        return {{384}};
      case bench::profile::standard:
        return {{1024}};
      case bench::profile::thorough:
        return {{512}, {1024}, {2048}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"n", std::to_string(in.n)}}; }
  static bench::demand demand(const input& in) {
    const long tiles = long{in.n / matmul_tile} * (in.n / matmul_tile);
    return {.tasks = tiles, .live = tiles, .parked = 0};
  }

  // Small whole numbers, so that every sum is exact in any order.
  static long a(const input& in, int row, int column) {
    return static_cast<long>(random_number(std::uint64_t(row) * in.n + column) % 17) - 8;
  }
  static long b(const input& in, int row, int column) { return a(in, row + in.n, column); }

  // Freivalds' check: l C r for random l and r, modulo 2^64; expected as (l A) (B r), without C.
  // An element of C that is wrong by less than 2^52 always shows, as the weights are odd.
  static std::uint64_t weight(int i) { return random_number(~std::uint64_t(i)) | 1; }
  static std::uint64_t expected(const input& in) {
    std::uint64_t product = 0;
    for (int k = 0; k < in.n; ++k) {
      std::uint64_t left = 0, right = 0;
      for (int i = 0; i < in.n; ++i) {
        left += weight(i) * static_cast<std::uint64_t>(a(in, i, k));
        right += static_cast<std::uint64_t>(b(in, k, i)) * weight(in.n + i);
      }
      product += left * right;
    }
    return product;
  }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : n{in.n},
          a{m.template buffer<double>(std::size_t(n) * n)},
          b{m.template buffer<double>(std::size_t(n) * n)},
          c{m.template buffer<double>(std::size_t(n) * n)} {
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) {
          a[std::size_t(i) * n + j] = static_cast<double>(matmul::a(in, i, j));
          b[panel_index(n, i, j)] = static_cast<double>(matmul::b(in, i, j));
        }
    }
    void reset() { std::ranges::fill(c, 0.5); }
    std::uint64_t answer(bool) const {
      std::uint64_t product = 0;
      for (int i = 0; i < n; ++i) {
        std::uint64_t row = 0;
        for (int j = 0; j < n; ++j)
          row += static_cast<std::uint64_t>(static_cast<long>(c[std::size_t(i) * n + j])) *
                 weight(n + j);
        product += weight(i) * row;
      }
      return product;
    }

    int n;
    bench::buffer<double> a, b, c;
  };

  static bool floor(setup<bench::no_model>& s) {
    for (int i = 0; i < s.n; i += matmul_tile)
      for (int j = 0; j < s.n; j += matmul_tile)
        matmul_tile_product(s.a.data(), s.b.data(), s.c.data(), s.n, i, j);
    return true;
  }

  struct direct {
    template <class M>
    static void task(M&, const double* a, const double* b, double* c, int n, int row, int column) {
      return matmul_tile_product(a, b, c, n, row, column);
    }
    template <class M>
    static bool run(M& m, setup<M>& s) {
      auto group = m.group();
      for (int i = 0; i < s.n; i += matmul_tile)
        for (int j = 0; j < s.n; j += matmul_tile)
          group.spawn(bench::fn<task<M>>, s.a.data(), s.b.data(), s.c.data(), s.n, i, j);
      group.join();
      return true;
    }
  };

  struct coroutine {
    template <class M>
    static bench::task_of<M, void> task(M&, const double* a, const double* b, double* c, int n,
                                        int row, int column) {
      co_return matmul_tile_product(a, b, c, n, row, column);
    }
    template <class M>
    static bench::task_of<M, bool> run(M& m, setup<M>& s) {
      auto group = m.group();
      for (int i = 0; i < s.n; i += matmul_tile)
        for (int j = 0; j < s.n; j += matmul_tile)
          group.spawn(bench::fn<task<M>>, s.a.data(), s.b.data(), s.c.data(), s.n, i, j);
      co_await group.join();
      co_return true;
    }
  };
};

}  // namespace workloads
