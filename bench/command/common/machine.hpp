#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace command {

// The machine as /proc and /sys show it: {cpu_model, cores, kernel, governor, hypervisor,
// memory_bytes, page_size, ...}.
nlohmann::ordered_json machine_facts();

// What one process may have here: {nofile, nproc, max_map_count, pid_max}; -1 is no limit.
nlohmann::ordered_json limits_now();

// Whether the processor's own counters can be read (perf_event_open(2)).
bool hardware_counters();

// The facts that must not differ between two results that are compared, and their hash: the machine
// without what changes from boot to boot, the toolchain and the settings. {hash, facts}.
nlohmann::ordered_json fingerprint(const nlohmann::ordered_json& machine,
                                   const nlohmann::ordered_json& toolchain,
                                   const nlohmann::ordered_json& settings);

// SHA-256 in hexadecimal.
std::string sha256(const std::string& bytes);

// "2026-01-31T12:00:00Z", now.
std::string utc_now();

}  // namespace command
