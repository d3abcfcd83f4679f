#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/command/common/system_files.hpp"

namespace command {

enum class level { ok, notice, warning };

// One thing about this machine that a measurement depends on.
struct finding {
  std::string check;
  level is = level::ok;
  std::string found;
  std::string effect{};  // what it does to results; empty where all is well
  std::string remedy{};  // how it is mended, or what to bear in mind
};

// How the processors run: which of them we may use, how fast, and who else uses them. Watches the
// load for half a second.
std::vector<finding> processor_findings(const system_files& system);

// What may be had of the system: descriptors, processes, mappings, memory, io_uring, counters.
std::vector<finding> limit_findings(const system_files& system);

// How the benchmark binaries were made. `build` is what one of them says of itself; null: nothing.
std::vector<finding> build_findings(const nlohmann::ordered_json& build);

// All of the above.
std::vector<finding> examine(const nlohmann::ordered_json& build,
                             const system_files& system = system_files{});

const char* text_of(level is);
// [{check, level, found, effect?, remedy?}]
nlohmann::ordered_json to_json(const std::vector<finding>& findings);

}  // namespace command
