#pragma once

#include <vector>

#include "workloads/io/fetch.hpp"

namespace workloads {

// The downloads of io/fetch, each followed by many rounds of SHA-256 over what has come, in place
// of saving it: work that waits and computes.
struct fetch_hash : fetch {
  static constexpr std::string_view about =
      "downloads images over HTTP from an origin with a latency, then hashes each many times";

  static std::vector<input> sizes(bench::profile p, const bench::settings& s) {
    return from_origin(sizes_of(p), s);
  }
  static std::vector<input> sizes_of(bench::profile p) {
    constexpr long kib = 1'024;
    switch (p) {
      case bench::profile::smallest:
        return {{4, 2, 1'000, 0, 0, true, 3}};
      case bench::profile::quick:
        return {{16, 16, 16 * kib, 2, 0, false, 2'000}};
      case bench::profile::standard:
        return {{100, 100, 64 * kib, 20, 0, false, 200}, {100, 100, 64 * kib, 20, 0, false, 5'000}};
      case bench::profile::thorough:
        return {{100, 100, 64 * kib, 20, 0, false, 200},
                {100, 100, 64 * kib, 20, 0, false, 20'000},
                {1'000, 100, 64 * kib, 5, 0, true, 5'000}};
    }
    return {};
  }
};

}  // namespace workloads
