#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "reports/base/statistics.hpp"
#include "reports/read/results.hpp"

namespace reports {

// The values of two cells that stand in the same blocks, in the order of the blocks. Empty where
// one of them has no blocks.
std::pair<std::vector<double>, std::vector<double>> paired_values(const cell& a, const cell& b,
                                                                  std::string_view field);

// How many times `a` is `b` in this field: from pairs where the cells share at least five blocks
// (or all of them), which leaves the machine's drift out; else from all samples. Its value is not a
// number where a cell has no positive values.
estimate ratio_of(const cell& a, const cell& b, std::string_view field = "time_ns");

// One cell of a group among its rivals.
struct standing {
  const cell* of = nullptr;
  estimate time;          // ns
  estimate ratio;         // to the best; not a number for an invalid cell
  bool baseline = false;  // `serial` and `floor` do not compete, unless there is nothing else
  bool best =
      false;  // the least median; a claim only where `tied_with_best` is false for all others
  bool tied_with_best = false;  // its interval holds 1; true for the best too where another ties
};

// In the order of time, invalid cells at the end.
std::vector<standing> standings(const group& of);

}  // namespace reports
