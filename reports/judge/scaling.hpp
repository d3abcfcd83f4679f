#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/base/statistics.hpp"
#include "reports/read/results.hpp"

namespace reports {

// A model's throughput over the number of workers, at one size of one workload.
struct worker_scaling {
  std::string workload, model;
  parameters params;
  std::vector<double> workers, throughput;  // tasks a second, medians
  std::size_t beyond = 0;  // points with more workers than processors, left out: the law is about
                           // processors that work, not about those that take turns
  std::optional<scalability> law;  // from five points on
};
std::vector<worker_scaling> scaling_over_workers(const results& from);

// What one more of a parameter costs in memory: the slope of the tree's peak (proportional size,
// page tables and kernel stacks together) over it, with the slope's standard error.
struct memory_slope {
  std::string workload, model, parameter;
  parameters others;  // that stay as they are
  int workers = 0;
  std::size_t sizes = 0, samples = 0;
  line fit;  // bytes
};
std::vector<memory_slope> memory_slopes(const results& from);

std::string scaling_text(const results& from);
nlohmann::ordered_json scaling_json(const results& from);

}  // namespace reports
