#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/command/common/binaries.hpp"

namespace command {

// One of two builds that are held against each other.
struct contender {
  std::string label;  // for people: "main (1a2b3c)"
  selection wanted;
  catalogue all;
  nlohmann::ordered_json context;  // of its results, before the first sample
};

// `lenient`: names of models and workloads that this build does not know are not a mistake; it may
// be older than they are.
contender make_contender(std::string label, const selection& wanted, double min_time_s,
                         bool lenient, interrupts& interrupts);

// A cell that both have, by its place in either catalogue.
struct common_cell {
  std::size_t base, head;
  std::string name;
};
std::vector<common_cell> common_cells(const contender& base, const contender& head);

// Cells that only one of them has, or only one can run: "cpu/new/fibers/n:1/workers:2 is only in
// HEAD".
std::vector<std::string> lone_cells(const contender& base, const contender& head);

// What differs in the fingerprints. Facts that forbid a comparison, and settings that may differ:
// those in `chosen` (by key), and those that only one of the builds has.
struct differences {
  std::vector<std::string> forbidding, allowed;
};
differences differences_of(const contender& base, const contender& head,
                           const std::vector<std::string>& chosen);

}  // namespace command
