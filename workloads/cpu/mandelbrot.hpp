#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "bench/contract/workload.hpp"
#include "workloads/kernels/checksum.hpp"
#include "workloads/kernels/mandelbrot_kernel.hpp"

namespace workloads {

// The Mandelbrot set, a task for each row. Rows through the set take a hundred times as long as
// those above it, so who divides the rows beforehand pays for it.
struct mandelbrot {
  static constexpr std::string_view about = "the Mandelbrot set, a task for each very uneven row";

  using input = mandelbrot_view;
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{40, 20, 64}};
      case bench::profile::quick:
        return {{256, 256, 512}};
      case bench::profile::standard:
        return {{1024, 1024, 1024}};
      case bench::profile::thorough:
        return {{1024, 1024, 1024}, {2048, 2048, 4096}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"rows", std::to_string(in.height)}, {"limit", std::to_string(in.limit)}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.height, .live = in.height, .parked = 0};
  }

  static std::uint64_t expected(const input& in) {
    std::vector<std::uint16_t> counts;
    for (int y = 0; y < in.height; ++y)
      for (int x = 0; x < in.width; ++x)
        counts.push_back(static_cast<std::uint16_t>(mandelbrot_point(in, x, y)));
    return checksum(std::span{counts});
  }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : in{in}, counts{m.template buffer<std::uint16_t>(std::size_t(in.width) * in.height)} {}
    std::uint16_t* row(int y) const { return counts.data() + std::size_t(y) * in.width; }
    void reset() { std::ranges::fill(counts, std::uint16_t{0xffff}); }
    std::uint64_t answer(bool) const { return checksum(std::span<std::uint16_t>{counts}); }

    input in;
    bench::buffer<std::uint16_t> counts;
  };

  static bool floor(setup<bench::no_model>& s) {
    for (int y = 0; y < s.in.height; ++y) mandelbrot_row(s.in, y, s.row(y));
    return true;
  }

  struct direct {
    template <class M>
    static void task(M&, input in, int y, std::uint16_t* row) {
      return mandelbrot_row(in, y, row);
    }
    template <class M>
    static bool run(M& m, setup<M>& s) {
      auto group = m.group();
      for (int y = 0; y < s.in.height; ++y) group.spawn(bench::fn<task<M>>, s.in, y, s.row(y));
      group.join();
      return true;
    }
  };

  struct coroutine {
    template <class M>
    static bench::task_of<M, void> task(M&, input in, int y, std::uint16_t* row) {
      co_return mandelbrot_row(in, y, row);
    }
    template <class M>
    static bench::task_of<M, bool> run(M& m, setup<M>& s) {
      auto group = m.group();
      for (int y = 0; y < s.in.height; ++y) group.spawn(bench::fn<task<M>>, s.in, y, s.row(y));
      co_await group.join();
      co_return true;
    }
  };
};

}  // namespace workloads
