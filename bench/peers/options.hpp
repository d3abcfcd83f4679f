#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "bench/peers/units.hpp"

// For the peers' mains alone: CLI11 costs every file that includes it some seconds.
namespace bench::peers {

template <class T>
CLI::Option* add_with_unit(CLI::App& app, const std::string& name, T& value,
                           const std::string& about, T (*read)(const std::string&)) {
  return app.add_option_function<std::string>(
      name,
      [&value, read](const std::string& text) {
        try {
          value = read(text);
        } catch (const std::invalid_argument& e) {
          throw CLI::ValidationError{e.what()};
        }
      },
      about);
}

// Options with units: "20ms" or "1.5s" into nanoseconds, "64KiB" into bytes.
inline CLI::Option* add_duration(CLI::App& app, const std::string& name, std::int64_t& ns,
                                 const std::string& about) {
  return add_with_unit(app, name, ns, about, duration_ns)->type_name("TIME");
}
inline CLI::Option* add_bytes(CLI::App& app, const std::string& name, std::uint64_t& n,
                              const std::string& about) {
  return add_with_unit(app, name, n, about, bytes)->type_name("BYTES");
}

// --parent, as `stop_signals` takes it; by default whoever started this process.
inline CLI::Option* add_parent(CLI::App& app, pid_t& parent) {
  parent = ::getppid();
  return app
      .add_option("--parent", parent,
                  "process to end with; 0 for none (default: the one that starts this)")
      ->type_name("PID")
      ->check(CLI::NonNegativeNumber);
}

}  // namespace bench::peers
