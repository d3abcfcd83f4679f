#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/command/common/binaries.hpp"

namespace command {

// All that decides what a run measures; it stands in the results, so that --resume needs no more.
struct run_settings {
  selection wanted;
  int samples = 0;
  double budget_s = 0;      // 0: none
  double precision = 0.02;  // see agenda.hpp
  std::uint64_t seed = 0;
  double timeout_s = 60;
  bool keep_warm_up = false;
  std::filesystem::path out = "results/latest.json";
};

nlohmann::ordered_json to_json(const run_settings& s);
run_settings run_settings_of(const nlohmann::ordered_json& json);

// The command that does the same run again.
std::vector<std::string> command_of(const run_settings& s);

// The context of a results file, before the first sample: everything but what Google Benchmark
// says.
nlohmann::ordered_json context_of(const run_settings& s, const catalogue& all, double min_time_s);

// Adds what a binary said of the machine, once.
void add_binary_context(nlohmann::ordered_json& context, const nlohmann::ordered_json& said);

}  // namespace command
