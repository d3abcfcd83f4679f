#pragma once

#include <string>

namespace command {

// Samples of each cell, and how long one times at least. Google Benchmark lengthens a sample by a
// tenth of this at most before it reaches it and overshoots by up to two fifths, so a quick sample
// takes some 50 ms, and the quick profile of all cells fits in about a minute.
struct profile_plan {
  int samples;
  double min_time_s;
};

// Throws usage_error on a name that is none.
const profile_plan& plan_of(const std::string& profile);

}  // namespace command
