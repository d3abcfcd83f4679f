#pragma once

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/command/common/child.hpp"

namespace command {

// A mistake of the user's: one line that says what was wrong and what would be right.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Which cells are wanted, as the user says it; empty or "all" is everything.
struct selection {
  std::string profile = "quick";
  std::vector<std::string> models;
  std::vector<std::string> workloads;  // globs: "cpu/*"; one without a slash is a workload's name
  std::vector<int> workers{2};
  std::vector<std::string> sets;  // key=value
  std::filesystem::path folder;   // of the benchmark binaries
  bool lenient = false;           // models and workloads that are not there are no mistake
};

// One size of one workload under one model, as its binary lists it.
struct cell {
  std::string name, workload, model;
  nlohmann::ordered_json params;
  int workers = 1;
  std::string absent;  // why it cannot be; else empty
  std::size_t binary = 0;
};

struct binary {
  std::filesystem::path file;
  std::vector<std::string> arguments;  // of the selection, as far as they concern it
  nlohmann::ordered_json build;        // how it was made; null where it does not say
  std::vector<std::string> accepts{};  // options that not every binary has

  bool takes(const std::string& option) const {
    return std::ranges::find(accepts, option) != accepts.end();
  }
};

struct named {
  std::string name, about;
};
struct knob {
  std::string key, value, about;
};
struct listed_workload {
  std::string name, about;
  std::vector<knob> knobs;
  std::string source_direct, source_coroutine;  // the bodies' text; may be empty
  std::vector<std::string> parameters;          // of its rows; --set gives them values
};

// What the benchmark binaries offer, and the cells of a selection.
struct catalogue {
  std::vector<binary> binaries;
  std::vector<named> models;  // "floor" included
  std::vector<listed_workload> workloads;
  std::vector<knob> settings;
  std::vector<cell> cells;  // absent ones included
};

// The folder of this executable, where the benchmark binaries are.
std::filesystem::path own_folder();

// Asks every bench_* of the folder. Throws usage_error on a name or a value that none of them
// knows.
catalogue read_catalogue(const selection& wanted, interrupts& interrupts);

}  // namespace command
