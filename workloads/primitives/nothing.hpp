#pragma once

#include <vector>

#include "bench/contract/workload.hpp"

namespace workloads {

// Enters the model and leaves it again: what the harness and the entry cost, the floor of all rows.
struct nothing {
  static constexpr std::string_view about = "enters the model and leaves it: the suite's own floor";

  struct input {};
  static std::vector<input> sizes(bench::profile) { return {{}}; }
  static bench::params describe(const input&) { return {}; }
  static bench::demand demand(const input&) { return {.tasks = 1, .live = 1}; }
  static int expected(const input&) { return 1; }
  static int floor(const input&) { return 1; }

  struct direct {
    template <bench::model M>
    static int run(M&, const input&) {
      return 1;
    }
  };

  struct coroutine {
    template <bench::model M>
    static bench::task_of<M, int> run(M&, const input&) {
      co_return 1;
    }
  };
};

}  // namespace workloads
