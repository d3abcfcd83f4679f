#include "bench/program/harness.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/base/limits.hpp"
#include "bench/base/process_tree.hpp"
#include "bench/base/processors.hpp"
#include "bench/base/sanitizer.hpp"
#include "bench/base/timer_slack.hpp"
#include "bench/measure/clock.hpp"
#include "bench/measure/cost.hpp"
#include "bench/measure/footprint.hpp"

namespace bench {
namespace {

bool invalid = false;

void reject(benchmark::State& state, const std::string& why) {
  invalid = true;
  state.SkipWithError(why.c_str());
}

// What one call of a benchmark function measured.
struct measured {
  std::string error;
  cost used;
  std::int64_t peak = 0;
  histogram latencies{};
  std::map<std::string, double> counters{};  // summed over the runs
  std::string note{};
  std::vector<double> warm_up_ns{}, first_ns{};  // the runs that are not timed; the first that are
};

// Runs that are not timed come first: one at least, and more until caches, branch predictors and
// the model's own pools have seen this for a while.
constexpr double warm_up_ns = 2e6;
constexpr std::size_t most_warm_ups = 50, first_runs_kept = 50;

std::string warm_up(program& p, measured& m) {
  double spent_ns = 0;
  do {
    const auto run = p.run();  // checked as well
    if (!run.error.empty()) return run.error;
    m.warm_up_ns.push_back(run.ns);
    spent_ns += run.ns;
  } while (spent_ns < warm_up_ns && m.warm_up_ns.size() < most_warm_ups);
  return {};
}

// Reading what the process tree has used takes some microseconds. Runs shorter than thirty times
// that share a reading for about a millisecond of them, and bear the cost of their checks with it.
long runs_per_reading(double run_ns) {
  constexpr double long_ns = 1e5, together_ns = 1e6;
  return run_ns >= long_ns ? 1 : static_cast<long>(together_ns / std::max(run_ns, 1.0));
}

measured measure(benchmark::State& state, const cell& c) {
  measured m;
  const auto program = c.start();
  m.error = warm_up(*program, m);
  if (!m.error.empty()) return m;
  const auto children = descendants_of(::getpid());
  const long stride = runs_per_reading(m.warm_up_ns.back());
  const auto of_children = counts_of(children);
  std::optional<cost_meter> meter;
  long metered = 0;
  for (auto _ : state) {
    if (!meter) meter.emplace(children);
    const auto run = program->run();
    if (++metered == stride) {
      m.used += meter->end();
      meter.reset();
      metered = 0;
    }
    if (!run.error.empty()) {
      m.error = run.error;
      return m;
    }
    if (run.latencies) m.latencies.merge(*run.latencies);
    for (const auto& [name, value] : run.counters) m.counters[name] += value;
    if (!run.note.empty()) m.note = run.note;
    state.SetIterationTime(run.ns * 1e-9);
    if (m.first_ns.size() < first_runs_kept) m.first_ns.push_back(run.ns);
  }
  if (meter) m.used += meter->end();
  m.used += counts_of(children) - of_children;
  m.peak = peak_bytes(children);
  return m;
}

// Builds, runs and destroys the cell at its smallest size.
std::string small_cycle(const cell& c) { return c.start_smallest()->run().error; }

// Libraries keep a few mappings for later (stacks, arenas) and then no more; a model that leaks
// leaves more with every cycle.
std::string leaked_mappings(const cell& c, const footprint& before) {
  if (sanitized) return {};  // each thread that ends makes its allocator map some more, for ever
  constexpr int cycles = 8;
  auto last = footprint::now();
  const auto grown = [](const footprint& now, const footprint& then) {
    return now.mappings > then.mappings || now.mapped_bytes > then.mapped_bytes;
  };
  if (!grown(last, before)) return {};
  for (int i = 0; i < cycles; ++i) {
    small_cycle(c);
    const auto now = footprint::now();
    if (!grown(now, last)) return {};
    last = now;
  }
  return "left mappings behind, more with every run";
}

void count(benchmark::State& state, const cell& c, const measured& m) {
  const auto runs = static_cast<double>(state.iterations());
  const auto tasks = static_cast<double>(c.tasks) * runs;
  using benchmark::Counter;
  state.counters["tasks_per_second"] =
      Counter{static_cast<double>(c.tasks), Counter::kIsIterationInvariantRate};
  state.counters["cpu_ns_per_task"] = static_cast<double>(m.used.cpu_ns) / tasks;
  state.counters["voluntary_switches"] = static_cast<double>(m.used.voluntary_switches) / runs;
  state.counters["involuntary_switches"] = static_cast<double>(m.used.involuntary_switches) / runs;
  state.counters["page_faults"] = static_cast<double>(m.used.page_faults) / runs;
  state.counters["peak_bytes"] = static_cast<double>(m.peak);
  for (const auto& [name, sum] : m.counters) state.counters[name] = sum / runs;
  state.counters["warm_up_runs"] = static_cast<double>(m.warm_up_ns.size());
  if (c.slowdown > 0) state.counters["slowdown_on_purpose_percent"] = 100 * c.slowdown;
  if (m.latencies.count() == 0) return;
  // A percentile that fewer than ten events lie beyond is the luck of the few.
  constexpr double fewest_beyond = 10;
  for (const auto& [name, percent] : {std::pair{"p50_ns", 50.0},
                                      {"p90_ns", 90.0},
                                      {"p99_ns", 99.0},
                                      {"p999_ns", 99.9},
                                      {"p9999_ns", 99.99}})
    if (std::round(static_cast<double>(m.latencies.count()) * (100 - percent)) >=
        100 * fewest_beyond)
      state.counters[name] = static_cast<double>(m.latencies.percentile(percent));
  state.counters["max_ns"] = static_cast<double>(m.latencies.max());
}

// What does not fit into numbers goes into the row's label: a note as it is, all else as JSON.
void label(benchmark::State& state, const cell& c, const measured& m, const details& wanted) {
  auto note = m.note;
  if (c.slowdown > 0)
    note += fmt::format("{}slowed down by {:g} % on purpose", note.empty() ? "" : "; ",
                        100 * c.slowdown);
  nlohmann::json all = nlohmann::json::object();
  if (wanted.latencies && m.latencies.count() > 0) all["latencies"] = m.latencies.to_json();
  if (wanted.warm_up) {
    all["warm_up_ns"] = m.warm_up_ns;
    all["first_ns"] = m.first_ns;
  }
  if (all.empty()) return state.SetLabel(note);
  if (!note.empty()) all["label"] = note;
  state.SetLabel(all.dump());
}

}  // namespace

bool any_invalid() { return invalid; }

void run_cell(benchmark::State& state, const cell& c, const details& wanted) try {
  set_timer_slack();
  const processors budget{c.workers};
  const auto pristine = footprint::now();
  if (const auto error = small_cycle(c); !error.empty())
    return reject(state, "at its smallest size: " + error);
  if (const auto left = left_behind(pristine); !left.empty()) return reject(state, left);

  const auto before = footprint::now();
  const auto m = measure(state, c);
  if (!m.error.empty()) return reject(state, m.error);
  if (const auto left = left_behind(before); !left.empty()) return reject(state, left);
  if (const auto left = leaked_mappings(c, before); !left.empty()) return reject(state, left);
  count(state, c, m);
  label(state, c, m, wanted);
} catch (const std::exception& e) {
  reject(state, what_failed(e));
} catch (...) {
  reject(state, "threw what is not a std::exception");
}

}  // namespace bench
