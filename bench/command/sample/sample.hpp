#pragma once

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "bench/command/common/binaries.hpp"
#include "bench/command/common/child.hpp"
#include "bench/command/sample/calibration.hpp"
#include "bench/command/sample/plan.hpp"

namespace command {

// How a sample is taken, the same for every cell.
struct sampling {
  int samples = 0;  // of each cell
  calibration& length;
  double timeout_s = 0;  // after which a sample has hung
  std::function<void()> tick{};
  bool keep_warm_up = false;
  // Blocks whose samples are followed by a look at what the cell costs beside time, in a process of
  // its own (bench/program/observe.hpp): memory and counts vary far less than times.
  int observed_blocks = 0;
  bool observe_memory = true;  // else counts alone
  // A sample that lasts longer is given up, without a judgement on it: a budget is over.
  double bound_s = std::numeric_limits<double>::infinity();
};

struct sample {
  nlohmann::ordered_json row{};      // as it stands in the results
  nlohmann::ordered_json context{};  // what the binary says of itself; null where it said nothing
  double seconds = 0, observing_s = 0;
  bool invalid = false;
  bool interrupted = false, given_up = false;  // then there is no row
};

// Runs one cell once, in a process of its own, and lets `how.length` know how many runs that were.
// Whatever goes wrong becomes an errored row.
sample take_sample(const catalogue& all, const planned& which, const sampling& how,
                   interrupts& interrupts);

}  // namespace command
