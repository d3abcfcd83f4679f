#pragma once

#include <nlohmann/json_fwd.hpp>

#include "bench/program/options.hpp"

namespace bench {

// Adds to Google Benchmark's context what it does not say: compiler, flags, libraries, settings,
// the benchmark library's own version and build.
void add_context(const options& o);

// How this binary was made: {contend_version, library_version, library_build_type, revision,
// toolchain: {compiler, compiler_version, flags, build_type, sanitizers, libraries}}.
nlohmann::ordered_json build_facts();

}  // namespace bench
