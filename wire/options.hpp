#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "bench/base/arguments.hpp"
#include "wire/units.hpp"

namespace wire {

// Options with units: "20ms" or "1.5s" into nanoseconds, "64KiB" into bytes.
inline bench::arguments::option add_duration(bench::arguments& to, const std::string& name,
                                             std::int64_t& ns, const std::string& about) {
  return to
      .add_read(
          name, [&ns](const std::string& text) { ns = duration_ns(text); }, about)
      .type_name("TIME");
}
inline bench::arguments::option add_bytes(bench::arguments& to, const std::string& name,
                                          std::uint64_t& n, const std::string& about) {
  return to
      .add_read(
          name, [&n](const std::string& text) { n = bytes(text); }, about)
      .type_name("BYTES");
}

// --parent, as `stop_signals` takes it; by default whoever started this process.
inline void add_parent(bench::arguments& to, pid_t& parent) {
  parent = ::getppid();
  to.add("--parent", parent, "process to end with; 0 for none (default: the one that starts this)")
      .type_name("PID")
      .not_negative();
}

}  // namespace wire
