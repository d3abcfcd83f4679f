#pragma once

#include <string>

namespace command {

// Samples of each cell, how long one times at least, and how often a cell's memory and counts are
// observed.
struct profile_plan {
  int samples;
  double min_time_s;
  int observed_blocks;
};

// Throws usage_error on a name that is none.
const profile_plan& plan_of(const std::string& profile);

}  // namespace command
