#pragma once

#include <string>
#include <string_view>

#include "reports/read/results.hpp"

namespace reports {

// A benchmark's name without the parts that only say how it was timed: /manual_time, /repeats:5,
// ...
std::string without_timing(std::string_view name);

// What a name says: parts up to the first parameter are the stem; workers (or Google Benchmark's
// threads) stand apart from the parameters.
struct named {
  std::string stem;
  parameters params;
  int workers = 0;
};
named parse_name(std::string_view name);

}  // namespace reports
