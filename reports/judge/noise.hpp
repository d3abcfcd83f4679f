#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "reports/base/statistics.hpp"
#include "reports/read/results.hpp"

namespace reports {

// An A/A pair: one cell that was sampled twice in each block. Nothing differs between the two, so
// what their ratio shows is what the machine does to any comparison.
struct noise {
  std::string name;
  estimate ratio;      // the one over the other, paired by block; its true value is 1
  double typical = 0;  // by what share two single samples differ, in the median
};

// From a results file's text, where the second samples stand in a list of their own, "again".
// Disturbed samples are left out where at least three pairs remain, as everywhere. Throws
// results_error.
std::vector<noise> noise_of(std::string_view file, const std::string& source);

// "cpu/fib/tbb/n:20/workers:2 twice: 1.003× (0.991 to 1.013), single samples differ by 1.2 %"
std::string to_string(const noise& one);
// [{name, pairs, ratio, low?, high?, typical_percent}], as it stands in a file's context.
nlohmann::ordered_json to_json(const std::vector<noise>& all);
std::vector<noise> noise_in(const nlohmann::ordered_json& context);

}  // namespace reports
