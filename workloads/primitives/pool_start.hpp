#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/contract/workload.hpp"

namespace workloads {

// Builds a pool, makes one call, and ends it, by each start method, in a parent that has so much
// memory of its own: a fork pays for that, the others do not.
struct pool_start {
  static constexpr std::string_view about =
      "builds a pool in a parent of some size, by start method, for one call";

  struct input {
    const char* start_method;
    long parent_mib;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return by_all({1});
      case bench::profile::quick:
        return by_all({1, 64});
      case bench::profile::standard:
        return by_all({1, 256});
      case bench::profile::thorough:
        return by_all({1, 64, 256, 1024});
    }
    return {};
  }
  static std::vector<input> by_all(const std::vector<long>& mib) {
    std::vector<input> all;
    for (const char* method : {"fork", "forkserver", "spawn"})
      for (const long n : mib) all.push_back({method, n});
    return all;
  }
  static bench::params describe(const input& in) {
    return {{"start_method", in.start_method}, {"parent_mib", std::to_string(in.parent_mib)}};
  }
  static bench::demand demand(const input&) { return {.tasks = 1, .live = 1}; }
  static long expected(const input&) { return 42; }

  template <class M>
  struct setup {
    setup(M&, const input& in, const bench::settings& s)
        : settings{s}, memory(static_cast<std::size_t>(in.parent_mib) << 20, 'x') {
      settings.start_method = in.start_method;
    }

    bench::settings settings;
    std::vector<char> memory;
  };

  struct direct {
    template <bench::pools M>
    static long answer(M&, long n) {
      return n;
    }

    template <bench::pools M>
    static long run(M&, setup<M>& s) {
      M pool{s.settings};
      return pool.apply(bench::fn<answer<M>>, 42L);
    }
  };

  struct coroutine {
    template <bench::pools M>
    static bench::task_of<M, long> answer(M&, long n) {
      co_return n;
    }

    template <bench::pools M>
    static bench::task_of<M, long> run(M&, setup<M>& s) {
      M pool{s.settings};
      co_return co_await pool.apply(bench::fn<answer<M>>, 42L);
    }
  };
};

}  // namespace workloads
