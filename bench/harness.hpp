#pragma once

#include <benchmark/benchmark.h>

#include "bench/registry.hpp"

namespace bench {

// Runs one cell under Google Benchmark: warms up, times, checks every answer, and checks that the
// model left nothing behind. Whatever is wrong becomes an errored row, without a time.
void run_cell(benchmark::State& state, const cell& c);

// Whether any cell has been found invalid in this process.
bool any_invalid();

}  // namespace bench
