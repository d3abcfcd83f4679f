#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace command {

// One sample that is to be taken.
struct planned {
  std::size_t cell;
  int sample;          // also the number of its block
  bool again = false;  // the second of an A/A pair: kept apart, and never part of a comparison
  bool rerun = false;  // of a disturbed one, at the end of the same block
};

// Random orders of 0 .. n - 1, one after the other. The same seed gives the same orders on every
// machine and with every standard library.
class shuffles {
 public:
  shuffles(std::size_t n, std::uint64_t seed) : random_{seed}, order_(n) {}
  const std::vector<std::size_t>& next();

 private:
  std::mt19937_64 random_;
  std::vector<std::size_t> order_;
};

// `samples` blocks, each with one sample of every cell in a random order of its own.
std::vector<planned> make_plan(std::size_t cells, int samples, std::uint64_t seed);

}  // namespace command
