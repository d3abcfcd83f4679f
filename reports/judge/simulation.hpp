#pragma once

#include <cstddef>
#include <cstdint>

namespace reports {

// Made-up runs of a gate with a known truth. Each has 40 rows in pairs that share a drift, with log
// normal noise and a slow episode that now and then hits one side only. In the runs with changes 8
// rows became slower by 8 %, 4 faster, 4 changed by exactly the threshold (the hardest true "no"),
// and 24 stayed; in the others nothing changed.
struct simulation {
  int runs = 1000, pairs = 20;
  double noise = 0.015, episodes = 0.05;
  std::uint64_t seed = 1;
};

struct simulated {
  int runs = 0;
  // Of the regressions that a run names, the share that is none; the mean over the runs.
  double false_at_first = 0, false_confirmed = 0;
  std::size_t slowed = 0, caught_at_first = 0, caught_confirmed = 0;
  // Of as many runs in which nothing changed, those that name a regression.
  std::size_t alarms_at_first = 0, alarms_confirmed = 0;
};

simulated simulate_gate(const simulation& how);

}  // namespace reports
