#pragma once

#include <string>
#include <vector>

#include "bench/command/gate/gate.hpp"

namespace CLI {
class App;
}

namespace command {

// What `contend ab` and `contend selftest-gate` are told alike.
struct ab_options {
  selection wanted;
  std::string budget, min_time, threshold = "3%", thresholds;
  std::string out;
  int pairs = 30;
  double timeout_s = 60;
  std::uint64_t seed;
  bool quiet = false;

  // Adds the options; this must outlive the parsing.
  void add_to(CLI::App& command);

  // As the gate wants them. Throws usage_error with one line.
  gate_settings settings() const;
  double min_time_s() const;
};

}  // namespace command
