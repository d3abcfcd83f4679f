#include "bench/command/sample/sample.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <string_view>
#include <system_error>

#include "bench/base/limits.hpp"
#include "bench/command/sample/disturbance.hpp"

namespace command {
namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view suffix = "/manual_time";

// A regular expression that matches one benchmark's name and nothing else.
std::string filter_of(const std::string& name) {
  std::string text = "^";
  for (const char c : name) {
    if (std::string_view{".[]{}()\\*+?^$|"}.find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text + "(/iterations:[0-9]+)?(" + std::string{suffix} + ")?$";
}

// The one raw row of a binary's answer; null where there is none.
json row_of(const json& answer) {
  if (!answer.is_object() || !answer.contains("benchmarks")) return {};
  for (const auto& row : answer["benchmarks"])
    if (row.is_object() && row.value("run_type", "iteration") == "iteration") return row;
  return {};
}

json errored_row(const std::string& why) {
  return {{"run_type", "iteration"}, {"threads", 1},        {"iterations", 0},
          {"real_time", 0.0},        {"cpu_time", 0.0},     {"time_unit", "ns"},
          {"error_occurred", true},  {"error_message", why}};
}

std::string fault_of(const ended& e, const json& row, double timeout_s);

// Adds what a cell costs beside time, observed in a process of its own; what was wrong with it, or
// nothing.
std::string observe(json& row, const cell& c, const binary& b, const sampling& how, double bound_s,
                    double& seconds, interrupts& interrupts) {
  std::vector<std::string> argv{std::filesystem::absolute(b.file).string()};
  argv.insert(argv.end(), b.arguments.begin(), b.arguments.end());
  argv.push_back("--observe=" + c.name);
  if (!how.observe_memory && b.takes("counts-only")) argv.push_back("--counts-only");
  const auto e = run_child(
      {.argv = argv, .timeout_s = std::min(how.timeout_s, bound_s), .tick = how.tick}, interrupts);
  seconds = e.wall_s;
  if (e.interrupted || (e.timed_out && bound_s < how.timeout_s)) return {};
  const auto answer = json::parse(e.output, nullptr, false);
  if (!answer.is_object() || answer.contains("error"))
    return fault_of(e,
                    answer.is_object() ? errored_row(answer["error"].get<std::string>()) : json{},
                    how.timeout_s);
  for (const auto& [key, value] : answer.items()) row[key] = value;
  return {};
}

// Takes what is in a row's label apart.
void unfold_label(json& row) {
  if (!row.is_object() || !row.contains("label")) return;
  const auto label = json::parse(row["label"].get<std::string>(), nullptr, false);
  if (!label.is_object()) return;
  row.erase("label");
  for (const auto& [key, value] : label.items()) row[key] = value;
}

// What made a sample invalid; empty where nothing did. `row` may say it itself.
std::string fault_of(const ended& e, const json& row, double timeout_s) {
  const bool errored = row.is_object() && row.value("error_occurred", false);
  if (e.timed_out) return fmt::format("hung: no end after {:g} s", timeout_s);
  if (WIFSIGNALED(e.status)) {
    if (e.out_of_memory) return "out of memory: killed by the kernel";
    const auto said = e.last_error_line.empty() ? "" : ": " + e.last_error_line;
    return "crashed: " + signal_name(WTERMSIG(e.status)) + said;
  }
  if (errored) return row.value("error_message", "an error without a message");
  if (const int status = WEXITSTATUS(e.status); status != 0 || row.is_null())
    return e.last_error_line.empty() ? fmt::format("exit status {} and no result", status)
                                     : e.last_error_line;
  if (e.orphans > 0)
    return fmt::format("left {} {} behind", e.orphans, e.orphans == 1 ? "child" : "children");
  return {};
}

// Google Benchmark's keys first, then ours.
json complete_row(json row, const cell& c, const planned& which, int samples) {
  json out{{"name", c.name},
           {"family_index", which.cell},
           {"per_family_instance_index", 0},
           {"run_name", c.name},
           {"run_type", "iteration"},
           {"repetitions", samples},
           {"repetition_index", which.sample}};
  for (const auto& [key, value] : row.items())
    if (!out.contains(key)) out[key] = value;
  out["workload"] = c.workload;
  out["model"] = c.model;
  out["params"] = c.params;
  out["workers"] = c.workers;
  out["sample"] = which.sample;
  out["block"] = which.sample;
  if (which.again) out["aa"] = 1;
  if (which.rerun) out["rerun"] = 1;
  return out;
}

}  // namespace

sample take_sample(const catalogue& all, const planned& which, const sampling& how,
                   interrupts& interrupts) try {
  const auto& c = all.cells[which.cell];
  const auto& b = all.binaries[c.binary];
  std::vector<std::string> argv{std::filesystem::absolute(b.file).string()};
  argv.insert(argv.end(), b.arguments.begin(), b.arguments.end());
  argv.insert(argv.end(), {"--benchmark_filter=" + filter_of(c.name),
                           fmt::format("--benchmark_min_time={:g}", how.length.min_time_s()),
                           "--benchmark_repetitions=1", "--benchmark_format=json",
                           "--benchmark_out=/dev/fd/3", "--benchmark_out_format=json"});
  if (b.takes("latencies")) argv.push_back("--latencies");
  if (const long runs = how.length.runs(c.name); runs > 0 && b.takes("iterations"))
    argv.push_back(fmt::format("--iterations={}", runs));
  if (how.keep_warm_up && b.takes("keep-warmup")) argv.push_back("--keep-warmup");
  const disturbance watch{c.workers};
  const auto e = run_child({.argv = argv,
                            .to = answer::descriptor_3,
                            .timeout_s = std::min(how.timeout_s, how.bound_s),
                            .tick = how.tick},
                           interrupts);
  sample s{.seconds = e.wall_s,
           .interrupted = e.interrupted,
           .given_up = e.timed_out && how.bound_s < how.timeout_s};
  if (s.interrupted || s.given_up) return s;
  const auto answer = json::parse(e.output, nullptr, false);
  auto row = row_of(answer);
  unfold_label(row);
  auto fault = fault_of(e, row, how.timeout_s);
  const auto disturbed = watch.reason(e.major_faults);
  const auto steal_ms = 1e3 * watch.steal_s();
  if (fault.empty() && b.takes("observe") && which.sample < how.observed_blocks && !which.again &&
      !which.rerun)
    fault = observe(row, c, b, how, how.bound_s - e.wall_s, s.observing_s, interrupts);
  s.invalid = !fault.empty();
  if (!s.invalid) how.length.learn(c.name, row);
  s.row = complete_row(s.invalid ? errored_row(fault) : std::move(row), c, which, how.samples);
  if (!disturbed.empty()) s.row["disturbed"] = disturbed;
  s.row["steal_ms"] = steal_ms;
  if (const auto mhz = frequency_mhz()) s.row["cpu_mhz"] = *mhz;
  if (const auto celsius = temperature_celsius()) s.row["cpu_celsius"] = *celsius;
  if (answer.is_object()) s.context = answer.value("context", json{});
  return s;
} catch (const std::system_error& e) {
  auto row = errored_row("cannot be started: " + bench::what_failed(e));
  return {.row = complete_row(std::move(row), all.cells[which.cell], which, how.samples),
          .invalid = true};
}

}  // namespace command
