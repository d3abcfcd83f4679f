#include "bench/program/options.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/base/arguments.hpp"
#include "bench/registry/source.hpp"

namespace bench {
namespace {

const std::vector<std::pair<std::string, profile>> profiles{{"smallest", profile::smallest},
                                                            {"quick", profile::quick},
                                                            {"standard", profile::standard},
                                                            {"thorough", profile::thorough}};

// A whole number as a number, all else as text.
nlohmann::json value_of(const std::string& text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return text;
}

std::vector<knob> workload_knobs() {
  std::vector<knob> all;
  for (const auto& w : workloads()) all.insert(all.end(), w.knobs.begin(), w.knobs.end());
  return all;
}

std::vector<std::string> parameters() {
  std::vector<std::string> all;
  for (const auto& w : workloads())
    for (auto& name : w.parameters())
      if (std::ranges::find(all, name) == all.end()) all.push_back(std::move(name));
  return all;
}

nlohmann::json to_json(const std::vector<knob>& knobs) {
  auto list = nlohmann::json::array();
  for (const auto& k : knobs)
    list.push_back({{"key", k.key}, {"value", k.value}, {"about", k.about}});
  return list;
}

// `a,b` for a setting whose values are to stand side by side; the setting itself shows them all.
void set_engines(options& o, std::string_view list) {
  for (std::size_t from = 0; from <= list.size();) {
    const auto comma = std::min(list.find(',', from), list.size());
    set(o.settings, "engine", list.substr(from, comma - from));
    if (std::ranges::find(o.engines, o.settings.engine) != o.engines.end())
      throw std::invalid_argument{
          fmt::format("--set engine={}: names {} twice", list, o.settings.engine)};
    o.engines.push_back(o.settings.engine);
    from = comma + 1;
  }
  o.settings.engine = list;
}

}  // namespace

void print_help() {
  benchmark::PrintDefaultHelp();
  fmt::print(
      "\nand of this suite:\n"
      "          [--profile=smallest|quick|standard|thorough]  sizes of the workloads, default "
      "quick\n"
      "          [--workers=<n>[,<n>...]]   contexts that execute on a CPU, default 2\n"
      "          [--set <key>=<value>]      a setting, as often as wanted:\n");
  for (auto all : {knobs(settings{}), workload_knobs()})
    for (const auto& k : all)
      fmt::print("              {:<14} {} (default {})\n", k.key, k.about,
                 k.value.empty() ? "none" : k.value);
  fmt::print("              {:<14} values of the rows' parameters of that name: 1000,10000\n",
             "<parameter>");
  fmt::print(
      "          [--list]                   the cells as JSON\n"
      "          [--iterations=<n>]         runs of each sample, in place of a least time\n"
      "          [--latencies]              histograms of latencies in the rows' labels, as JSON\n"
      "          [--keep-warmup]            the first runs' times in the rows' labels, as JSON\n"
      "          [--observe=<cell>]         what a cell costs beside time: memory, allocations, "
      "...\n"
      "          [--counts-only]            of these, what need not be watched: no memory\n");
}

options parse(int argc, char** argv) {
  options o;
  std::vector<std::string> sets;
  arguments all;
  all.add("--profile", o.profile_name);
  all.add("--workers", o.workers);
  all.add("--set", sets);
  all.flag("--list", o.list);
  all.add("--iterations", o.iterations).positive();
  all.flag("--latencies", o.latencies);
  all.flag("--keep-warmup", o.keep_warm_up);
  all.add("--observe", o.observe);
  all.flag("!--counts-only", o.memory);
  static_cast<void>(all.parse(argc, argv));  // Google Benchmark answers --help
  const auto found =
      std::ranges::find(profiles, o.profile_name, &std::pair<std::string, profile>::first);
  if (found == profiles.end())
    throw std::invalid_argument{fmt::format(
        "--profile {}: wants one of smallest, quick, standard, thorough", o.profile_name)};
  o.profile = found->second;
  for (const int n : o.workers)
    if (n < 1 || n > 1024)
      throw std::invalid_argument{fmt::format("--workers {}: wants a number from 1 to 1024", n)};
  for (const auto& text : sets) {
    const auto equals = text.find('=');
    if (equals == std::string::npos)
      throw std::invalid_argument{fmt::format("--set {}: wants key=value", text)};
    const auto key = std::string_view{text}.substr(0, equals);
    const auto value = std::string_view{text}.substr(equals + 1);
    if (key == "engine") o.engines.clear();
    if (key == "engine" && value.find(',') != value.npos) {
      set_engines(o, value);
    } else {
      set(o.settings, key, value, workload_knobs(), parameters());
    }
  }
  return o;
}

std::vector<cell> all_cells(const options& o) {
  std::vector<cell> all;
  const auto engines = o.engines.empty() ? std::vector{o.settings.engine} : o.engines;
  for (const auto& w : workloads()) {
    for (const int n : o.workers) {
      for (const auto& engine : engines) {
        auto s = o.settings;
        s.workers = n;
        s.engine = engine;
        for (auto& c : w.cells(o.profile, s)) {
          // What does not use a setting is the same cell for all its values.
          if (n != o.workers.front() && (c.model.starts_with("floor") || c.model == "serial"))
            continue;
          if (engine != engines.front() && !c.uses_engine && !c.model.ends_with("@" + engine))
            continue;
          if (engines.size() > 1 && c.uses_engine) c.model += "@" + engine;
          all.push_back(std::move(c));
        }
      }
    }
  }
  return all;
}

nlohmann::json to_json(const options& o, const std::vector<cell>& cells) {
  auto json = nlohmann::json{
      {"profile", o.profile_name},
      {"settings", to_json(knobs(o.settings))},
      {"workloads", nlohmann::json::array()},
      {"models", nlohmann::json::array()},
      {"accepts", {"iterations", "latencies", "keep-warmup", "observe", "counts-only"}},
      {"cells", nlohmann::json::array()}};
  for (const auto& w : workloads())
    json["workloads"].push_back({{"name", w.name},
                                 {"about", w.about},
                                 {"knobs", to_json(w.knobs)},
                                 {"parameters", w.parameters()},
                                 {"source_direct", source_of(w.file, "direct")},
                                 {"source_coroutine", source_of(w.file, "coroutine")}});
  for (const auto& m : models()) json["models"].push_back({{"name", m.name}, {"about", m.about}});
  for (const auto& c : cells) {
    auto row = nlohmann::json{{"name", c.name()},     {"workload", c.workload},
                              {"model", c.model},     {"params", nlohmann::json::object()},
                              {"workers", c.workers}, {"tasks", c.tasks}};
    for (const auto& [key, value] : c.size) row["params"][key] = value_of(value);
    if (c.absent) row["absent"] = *c.absent;
    json["cells"].push_back(std::move(row));
  }
  return json;
}

}  // namespace bench
