#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace command {

struct planned {
  std::size_t cell;
  int sample;  // also the number of its block
};

// `samples` blocks, each with one sample of every cell in a random order of its own. The same seed
// gives the same plan on every machine and with every standard library.
std::vector<planned> make_plan(std::size_t cells, int samples, std::uint64_t seed);

}  // namespace command
