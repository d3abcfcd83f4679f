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

}  // namespace command
