#pragma once

#include <string>

#include "reports/read/results.hpp"

namespace reports {

struct table_options {
  int width = 80;
  bool colour = false;
};

// The width of the terminal behind this descriptor, and colour unless NO_COLOR is set; 80 columns
// and no colour where it is none.
table_options terminal_options(int fd);

// Workloads down and models across where that fits the width, else a block per workload. A cell is
// the median time, its spread, and the ratio to the best model of its row; what has no number is
// named below with its cause. Ends with a newline.
std::string text_table(const results& from, table_options options = {});

}  // namespace reports
