#pragma once

#include <nlohmann/json_fwd.hpp>

#include "bench/registry/registry.hpp"

namespace bench {

// Runs a cell in this process to see what it costs beside time: nothing here is timed, so nothing
// here can disturb a time. Returns {tree_peak_bytes, tree_rest_bytes, page_table_bytes,
// kernel_stack_bytes, memory_sweeps, memory_sweep_ms, allocations_per_task, migrations,
// system_calls, instructions_per_task, cycles_per_task}; what cannot be counted here is left out,
// and so is all of memory where it is not wanted. {error} where the cell is invalid.
nlohmann::ordered_json observe(const cell& c, bool with_memory = true);

}  // namespace bench
