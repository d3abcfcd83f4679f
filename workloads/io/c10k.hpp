#pragma once

#include <vector>

#include "workloads/io/echo.hpp"

namespace workloads {

// The echo server with many more connections that are open and say nothing: what holding them costs
// the others, and in memory: bytes_per_connection, of the server's user space and page tables. The
// idle ones connect while the clock runs; requests_per_second is of the time after that.
struct c10k : echo {
  static constexpr std::string_view about = "an echo server with many idle connections beside";

  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{2, 10, 64, 20}};
      case bench::profile::quick:
        return {{100, 500, 64, 2'000}};
      case bench::profile::standard:
      case bench::profile::thorough:
        return {{100, 0, 64, 50'000}, {100, 10'000, 64, 50'000}};
    }
    return {};
  }
};

}  // namespace workloads
