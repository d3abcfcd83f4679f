#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bench/registry/registry.hpp"

namespace bench {

// What a benchmark binary is told beside Google Benchmark's own flags.
struct options {
  enum profile profile = profile::quick;
  std::string profile_name = "quick";
  std::vector<int> workers{2};
  struct settings settings;
  std::vector<std::string> engines;  // those of `--set engine=a,b`, to stand side by side
  bool list = false;
  bool latencies = false, keep_warm_up = false;  // see details in harness.hpp
  long iterations = 0;                           // runs of a sample; 0: by Google Benchmark
  std::string observe;                           // the name of a cell; see observe.hpp
  bool memory = true;                            // whether memory is observed, too
};

// Prints the help of Google Benchmark's flags and ours.
void print_help();

// Reads what Google Benchmark left in argv. Throws with one line on anything it does not know.
options parse(int argc, char** argv);

// Every cell of this binary for these options, absent ones included.
std::vector<cell> all_cells(const options& o);

// What `contend` reads: {"workloads": [{name, about, knobs}], "models": [...], "settings": {...},
// "accepts": [options that an older binary has not], "cells": [{name, workload, model, params,
// workers, tasks, absent?}]}.
nlohmann::json to_json(const options& o, const std::vector<cell>& cells);

}  // namespace bench
