#include "bench/context.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <boost/version.hpp>

#include "contend_build.hpp"

namespace bench {

void add_context(const options& o) {
  using benchmark::AddCustomContext;
  AddCustomContext("contend_version", build::version);
  AddCustomContext("library_version", build::benchmark_version);
  AddCustomContext("compiler", build::compiler);
  AddCustomContext("compiler_flags", build::flags);
  AddCustomContext("build_type", build::type);
  AddCustomContext("sanitizers", build::sanitizers);
  AddCustomContext("boost", BOOST_LIB_VERSION);
  AddCustomContext("profile", o.profile_name);
  for (const auto& k : knobs(o.settings)) AddCustomContext("set_" + k.key, k.value);
}

}  // namespace bench
