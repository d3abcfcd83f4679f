#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "bench/command/run/agenda.hpp"
#include "bench/command/sample/calibration.hpp"
#include "bench/command/sample/plan.hpp"
#include "bench/command/sample/result_file.hpp"

namespace command {

// Rows that are in a file already, by what was planned.
class finished_samples {
 public:
  void add(const std::string& cell, const planned& which, const taken& sample);
  const taken* find(const std::string& cell, const planned& which) const;
  double seconds() const;  // that they took

 private:
  std::map<std::tuple<std::string, int, bool, bool>, taken> all_;
};

// What a row says of its sample.
taken taken_of(const nlohmann::ordered_json& row);

// The results file of a run; a usage_error where it is none.
nlohmann::ordered_json read_run(const std::filesystem::path& path);

// Takes over what a file holds: its context and its rows. Throws usage_error where a run that would
// begin with the context `fresh` cannot go on with them.
finished_samples take_over(const nlohmann::ordered_json& file, result_file& results,
                           const nlohmann::ordered_json& fresh, calibration& length);

}  // namespace command
