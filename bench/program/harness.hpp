#pragma once

#include <benchmark/benchmark.h>

#include "bench/registry/registry.hpp"

namespace bench {

// What a row shall carry beside numbers, as JSON in its label.
struct details {
  bool latencies = false;  // {"latencies": a histogram}
  bool warm_up = false;    // {"warm_up_ns": [...], "first_ns": [...]}: the first runs' times
};

// Runs one cell under Google Benchmark: warms up, times, checks every answer, and checks that the
// model left nothing behind. Whatever is wrong becomes an errored row, without a time.
void run_cell(benchmark::State& state, const cell& c, const details& wanted = {});

// Whether any cell has been found invalid in this process.
bool any_invalid();

}  // namespace bench
