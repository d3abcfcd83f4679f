#include "bench/program/observe.hpp"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/base/companion.hpp"
#include "bench/base/limits.hpp"
#include "bench/base/process_tree.hpp"
#include "bench/base/processors.hpp"
#include "bench/base/sanitizer.hpp"
#include "bench/base/timer_slack.hpp"
#include "bench/measure/allocation_count.hpp"
#include "bench/measure/clock.hpp"
#include "bench/measure/event_counts.hpp"
#include "bench/measure/memory_watch.hpp"

namespace bench {
namespace {

using json = nlohmann::ordered_json;

// What is read out of the runs: counts before and after.
struct counts {
  std::uint64_t allocations = allocation_count::now();
  event_counts::values events;
};

// The events of the model's own processes. Origin and load generator are programs of their own, so
// where there are any, processes count until they become one; a model whose workers did then has
// no counts.
class own_events {
 public:
  event_counts::values now() const { return has_companions() ? until_exec_.now() : all_.now(); }
  bool all_counted() const {
    return !has_companions() || std::ranges::none_of(descendants_of(::getpid()), [](pid_t pid) {
      return !is_companion(pid) && is_another_program(pid);
    });
  }

 private:
  static bool has_companions() {
    return reaped_companions().cpu_ns > 0 ||
           std::ranges::any_of(descendants_of(::getpid()), is_companion);
  }

  event_counts all_, until_exec_{false};
};

void add_counts(json& out, const counts& before, const counts& after, double runs, double tasks) {
  const auto difference = [](const auto& now, const auto& then) {
    return static_cast<double>(*now - *then);
  };
  if (!sanitized)
    out["allocations_per_task"] =
        static_cast<double>(after.allocations - before.allocations) / tasks;
  if (before.events.migrations && after.events.migrations)
    out["migrations"] = difference(after.events.migrations, before.events.migrations) / runs;
  if (before.events.system_calls && after.events.system_calls)
    out["system_calls"] = difference(after.events.system_calls, before.events.system_calls) / runs;
  if (before.events.instructions && after.events.instructions)
    out["instructions_per_task"] =
        difference(after.events.instructions, before.events.instructions) / tasks;
  if (before.events.cycles && after.events.cycles)
    out["cycles_per_task"] = difference(after.events.cycles, before.events.cycles) / tasks;
}

// Adds to `runs`; what was wrong, or nothing.
std::string run_for_a_while(program& p, long& runs) {
  constexpr std::int64_t least_ns = 10'000'000;
  const auto start_ns = now_ns();
  do {
    if (auto error = p.run().error; !error.empty()) return error;
    ++runs;
  } while (now_ns() - start_ns < least_ns);
  return {};
}

std::string add_memory(json& out, program& p) {
  memory_watch watch;
  long runs = 0;
  if (auto error = run_for_a_while(p, runs); !error.empty()) return error;
  const auto memory = watch.end();
  out["tree_peak_bytes"] = memory.peak_bytes;
  out["tree_rest_bytes"] = memory.rest_bytes;
  out["page_table_bytes"] = memory.page_table_bytes;
  out["kernel_stack_bytes"] = memory.kernel_stack_bytes;
  out["memory_sweeps"] = memory.sweeps;
  out["memory_sweep_ms"] = memory.sweep_ms;
  return {};
}

}  // namespace

json observe(const cell& c, bool with_memory) try {
  set_timer_slack();
  const processors budget{c.workers};
  const own_events events;  // before the model, so that its threads and children are counted
  if (!sanitized) allocation_count::start();
  const auto program = c.start();
  if (auto error = program->run().error; !error.empty()) return {{"error", error}};

  // First the counts alone, then the memory: a watcher would be counted.
  const counts before{.events = events.now()};
  long runs = 0;
  if (auto error = run_for_a_while(*program, runs); !error.empty()) return {{"error", error}};
  counts after{.events = events.now()};
  if (!events.all_counted()) after.events = {};

  json out = json::object();
  if (with_memory)
    if (auto error = add_memory(out, *program); !error.empty()) return {{"error", error}};
  add_counts(out, before, after, static_cast<double>(runs),
             static_cast<double>(runs) * static_cast<double>(c.tasks));
  return out;
} catch (const std::exception& e) {
  return {{"error", what_failed(e)}};
}

}  // namespace bench
