#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/command/gate/contender.hpp"
#include "reports/judge/compare.hpp"

namespace command {

// How two builds are judged against each other.
struct gate_settings {
  int pairs = 30;  // of each cell at most, and of what is measured a second time
  double budget_s = 600;
  double min_time_s = 0, timeout_s = 60;
  std::uint64_t seed = 0;
  reports::thresholds limits;
  bool quiet = false;
  std::filesystem::path out;         // folder of base.json, head.json and those of the second look
  std::vector<std::string> command;  // that does the same again
};

struct verdict {
  reports::comparison made;
  bool interrupted = false;    // then nothing has been judged
  int status = 0;              // exit status
  int regressed_at_first = 0;  // values, before the second look
};

// Measures the cells that both have in interleaved pairs until two thirds of the budget are spent
// or all pairs taken, judges them, and measures what is found changed again before it believes it:
// in as many pairs as at first or as the rest of the budget holds, but never fewer than it takes to
// confirm them; decided before the first of them.
// Throws usage_error where they
// have nothing in common.
verdict pass_through_gate(const contender& base, const contender& head,
                          const gate_settings& settings, interrupts& interrupts);

}  // namespace command
