#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/command/gate/contender.hpp"
#include "bench/command/sample/result_file.hpp"

namespace command {

// Which pairs are taken, all decided before the first of them but for when a budget is spent: that
// depends on the time that passed, never on what the samples showed.
struct pairing {
  std::vector<common_cell> cells;
  int pairs = 0;                   // at most
  std::optional<double> budget_s;  // no block is begun that would end after it; none: all pairs
  int observed = 0;                // of them, see sampling::observed_blocks
  std::uint64_t seed = 0;
  double min_time_s = 0, timeout_s = 60;
  bool quiet = false;
};

struct paired {
  int pairs = 0;  // taken of each cell
  double seconds = 0;
  bool interrupted = false;
  std::vector<std::vector<double>> seconds_of_cells;  // of each sample, in the order of the cells
};

// Takes the pairs in the order of plan_pairs, each sample in a fresh process, and adds them to the
// two files, which are written as they grow. A cell that is invalid is not tried again.
paired take_pairs(const contender& base, const contender& head, const pairing& how,
                  result_file& base_results, result_file& head_results, interrupts& interrupts);

}  // namespace command
