#include "bench/command/sample/run_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

#include "bench/command/common/machine.hpp"
#include "bench/command/doctor/doctor.hpp"

namespace command {
namespace {

using json = nlohmann::ordered_json;

// A whole number as a number, all else as text.
json value_of(const std::string& text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? json(number) : json(text);
}

json settings_of(const selection& wanted, const catalogue& all) {
  json settings = json::object();
  for (const auto& k : all.settings) settings[k.key] = value_of(k.value);
  // The values of a parameter stand in the rows' names: they are not what a run is made with.
  for (const auto& text : wanted.sets) {
    const auto equals = text.find('=');
    const auto key = text.substr(0, equals);
    const auto is_knob = [&](const auto& k) { return k.key == key; };
    if (std::ranges::any_of(all.settings, is_knob) ||
        std::ranges::any_of(all.workloads,
                            [&](const auto& w) { return std::ranges::any_of(w.knobs, is_knob); }))
      settings[key] = value_of(text.substr(equals + 1));
  }
  return settings;
}

json absent_cells(const catalogue& all) {
  auto absent = json::array();
  for (const auto& c : all.cells)
    if (!c.absent.empty())
      absent.push_back({{"name", c.name},
                        {"workload", c.workload},
                        {"model", c.model},
                        {"params", c.params},
                        {"workers", c.workers},
                        {"reason", c.absent}});
  return absent;
}

json toolchain_of(const catalogue& all) {
  json build = all.binaries.front().build;
  return build.is_object() ? build.value("toolchain", json::object()) : json::object();
}

// What the binaries are, byte for byte.
std::string build_hash(const catalogue& all) {
  std::string hashes;
  for (const auto& b : all.binaries) {
    std::ifstream in{b.file, std::ios::binary};
    hashes += b.file.filename().string() + " " + sha256({std::istreambuf_iterator<char>{in}, {}});
  }
  return sha256(hashes).substr(0, 16);
}

}  // namespace

json to_json(const run_settings& s) {
  return {{"profile", s.wanted.profile},
          {"models", s.wanted.models},
          {"workloads", s.wanted.workloads},
          {"workers", s.wanted.workers},
          {"set", s.wanted.sets},
          {"bin_dir", s.wanted.folder.string()},
          {"samples", s.samples},
          {"budget_s", s.budget_s},
          {"precision", s.precision},
          {"seed", s.seed},
          {"timeout_s", s.timeout_s},
          {"keep_warm_up", s.keep_warm_up}};
}

run_settings run_settings_of(const json& from) {
  run_settings s;
  from.at("profile").get_to(s.wanted.profile);
  from.at("models").get_to(s.wanted.models);
  from.at("workloads").get_to(s.wanted.workloads);
  from.at("workers").get_to(s.wanted.workers);
  from.at("set").get_to(s.wanted.sets);
  s.wanted.folder = from.at("bin_dir").get<std::string>();
  from.at("samples").get_to(s.samples);
  s.budget_s = from.value("budget_s", 0.0);
  s.precision = from.value("precision", s.precision);
  from.at("seed").get_to(s.seed);
  from.at("timeout_s").get_to(s.timeout_s);
  s.keep_warm_up = from.value("keep_warm_up", false);
  return s;
}

std::vector<std::string> command_of(const run_settings& s) {
  std::vector<std::string> words{"contend", "run", "--profile", s.wanted.profile};
  const auto list = [&](const char* option, const auto& values) {
    if (!values.empty())
      words.insert(words.end(), {option, fmt::format("{}", fmt::join(values, ","))});
  };
  list("--models", s.wanted.models);
  list("--workloads", s.wanted.workloads);
  list("--workers", s.wanted.workers);
  for (const auto& text : s.wanted.sets) words.insert(words.end(), {"--set", text});
  if (s.wanted.folder != own_folder())
    words.insert(words.end(), {"--bin-dir", s.wanted.folder.string()});
  if (s.budget_s > 0)
    words.insert(words.end(), {"--budget", fmt::format("{:g}s", s.budget_s), "--precision",
                               fmt::format("{:g}%", 100 * s.precision)});
  if (s.keep_warm_up) words.emplace_back("--keep-warmup");
  words.insert(words.end(),
               {"--samples", std::to_string(s.samples), "--seed", std::to_string(s.seed),
                "--timeout", fmt::format("{:g}", s.timeout_s), "--out", s.out.string()});
  return words;
}

json context_of(const run_settings& s, const catalogue& all, double min_time_s) {
  const auto machine = machine_facts(), toolchain = toolchain_of(all),
             settings = settings_of(s.wanted, all);
  const auto& build = all.binaries.front().build;
  json context{{"contend_schema", 1},
               {"profile", s.wanted.profile},
               {"seed", s.seed},
               {"samples", s.samples},
               {"complete", false},
               {"started", utc_now()},
               {"command", command_of(s)},
               {"machine", machine},
               {"toolchain", toolchain},
               {"limits", limits_now()},
               {"hardware_counters", hardware_counters()},
               {"doctor", to_json(examine(build))},
               {"settings", settings},
               {"min_time_s", min_time_s},
               {"warm_up", "until 2 ms are spent: at least one run, at most 50, each checked"},
               {"fingerprint", fingerprint(machine, toolchain, settings)},
               {"build", build_hash(all)},
               {"absent", absent_cells(all)},
               {"run", to_json(s)}};
  if (build.is_object())
    for (const char* key : {"contend_version", "library_version", "revision"})
      context[key] = build.value(key, "unknown");
  auto& workloads = context["workloads"] = json::object();
  for (const auto& w : all.workloads) {
    const auto of_it = [&](const cell& c) { return c.workload == w.name; };
    if (std::none_of(all.cells.begin(), all.cells.end(), of_it)) continue;
    workloads[w.name] = {{"about", w.about},
                         {"source_direct", w.source_direct},
                         {"source_coroutine", w.source_coroutine}};
  }
  return context;
}

void add_binary_context(json& context, const json& said) {
  if (!said.is_object() || context.contains("date")) return;
  for (const char* key :
       {"date", "host_name", "executable", "num_cpus", "mhz_per_cpu", "cpu_scaling_enabled",
        "aslr_enabled", "caches", "load_avg", "library_build_type"})
    if (said.contains(key)) context[key] = said[key];
}

}  // namespace command
