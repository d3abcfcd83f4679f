#include "bench/command/sample/calibration.hpp"

#include <nlohmann/json.hpp>

namespace command {

long calibration::runs(const std::string& cell) const {
  const auto found = runs_.find(cell);
  return found == runs_.end() ? 0 : found->second;
}

void calibration::learn(const std::string& cell, const nlohmann::ordered_json& row) {
  if (row.value("error_occurred", false)) return;
  const auto runs = row.value("iterations", 0L);
  const bool too_few =
      1e-9 * row.value("real_time", 0.0) * static_cast<double>(runs) < min_time_s_ / 2;
  if (too_few) {
    runs_.erase(cell);
  } else {
    runs_.emplace(cell, runs);
  }
}

}  // namespace command
