#pragma once

#include <memory>
#include <string>
#include <vector>

#include "reports/judge/crossover.hpp"
#include "reports/judge/verdict.hpp"

namespace reports {

// What a report says about one workload.
struct workload_findings {
  std::string name;
  std::vector<const ranking*> over;  // its groups
  verdict judged;
  std::vector<exception> excepted;  // where another model than the best is clearly ahead
  std::vector<const series*> along;
  std::vector<const crossover*> crossed;               // those that change the leader first
  std::string about, source_direct, source_coroutine;  // from the file; may be empty
};

struct family_findings {
  std::string name;
  std::vector<const ranking*> over;
  verdict judged;
  std::vector<exception> excepted;
};

// An invalid cell, or one that is not there.
struct missing_cell {
  std::string name, cause;
};

// Everything that a report says about one results file, in the order in which it says it. The parts
// point at one another: it is made once, in place.
class findings {
 public:
  explicit findings(results from);
  findings(const findings&) = delete;
  findings& operator=(const findings&) = delete;

  results data;
  bool compares = false;            // the file knows models; else it is of another project
  std::vector<std::string> models;  // contenders in a fixed order, then baselines
  std::vector<family_findings> families;
  std::vector<workload_findings> workloads;
  std::vector<missing_cell> invalid;
  std::size_t cells = 0, disturbed = 0, invalid_rows = 0;
  std::size_t fewest_samples = 0, most_samples = 0;

  // "5 samples a cell", "1 to 6 samples a cell"
  std::string samples_text() const;
  // For a switch between files: "maple, 3f2c1ab, 2026-11-22 20:14".
  std::string label() const;

 private:
  std::vector<group> groups_;
  std::vector<ranking> rankings_;
  std::vector<series> series_;
  std::vector<crossover> crossovers_;
};

}  // namespace reports
