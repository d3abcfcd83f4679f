#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace command {

// One sample of a pair: of BASE or of HEAD.
struct half {
  std::size_t cell;
  int pair;
  bool head;
};

// `pairs` pairs of each cell. A block holds two pairs of every cell, the cells in random order, a
// cell's four samples next to each other as ABBA or BAAB by lot: a steady drift of the machine
// cancels within them. The same seed gives the same plan anywhere, and a longer one begins like it.
std::vector<half> plan_pairs(std::size_t cells, int pairs, std::uint64_t seed);

// How many pairs of these cells a budget holds, by the medians of what each cell's samples took so
// far, so that a stall counts as one sample and no more; at least `least`, at most `most`.
int pairs_that_fit(const std::vector<std::vector<double>>& seconds_of_cells, double budget_s,
                   int least, int most);

}  // namespace command
