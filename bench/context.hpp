#pragma once

#include "bench/options.hpp"

namespace bench {

// Adds to Google Benchmark's context what it does not say: compiler, flags, libraries, settings,
// the benchmark library's own version and build.
void add_context(const options& o);

}  // namespace bench
