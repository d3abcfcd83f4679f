#include "bench/program/context.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#if __has_include(<oneapi/tbb/version.h>)
#include <oneapi/tbb/version.h>
#endif
#if __has_include(<openssl/opensslv.h>)
#include <openssl/opensslv.h>
#endif

#include "bench/program/revision.hpp"
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
  AddCustomContext("revision", revision());
  AddCustomContext("profile", o.profile_name);
  for (const auto& k : knobs(o.settings)) AddCustomContext("set_" + k.key, k.value);
}

namespace {

// "debug" or "release": only the library itself knows, and says it to its JSON reporter alone.
std::string library_build_type() {
  std::ostringstream said;
  benchmark::JSONReporter reporter;
  reporter.SetOutputStream(&said);
  reporter.SetErrorStream(&said);
  reporter.ReportContext(benchmark::BenchmarkReporter::Context{});
  const auto text = said.str();
  return text.find("\"library_build_type\": \"debug\"") != std::string::npos ? "debug" : "release";
}

}  // namespace

nlohmann::ordered_json build_facts() {
  const std::string compiler = build::compiler;  // "GNU 12.2.0"
  const auto space = compiler.find(' ');
  nlohmann::ordered_json libraries;
  std::string boost = BOOST_LIB_VERSION;  // "1_81"
  std::ranges::replace(boost, '_', '.');
  libraries["boost_context"] = boost;
  libraries["fmt"] =
      fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
#ifdef TBB_VERSION_STRING
  libraries["tbb"] = TBB_VERSION_STRING;
#endif
#ifdef OPENSSL_VERSION_STR
  libraries["openssl"] = OPENSSL_VERSION_STR;
#endif
  return {{"contend_version", build::version},
          {"library_version", build::benchmark_version},
          {"library_build_type", library_build_type()},
          {"revision", revision()},
          {"toolchain",
           {{"compiler", compiler.substr(0, space)},
            {"compiler_version", compiler.substr(space + 1)},
            {"flags", build::flags},
            {"build_type", build::type},
            {"sanitizers", build::sanitizers},
            {"libraries", libraries}}}};
}

}  // namespace bench
