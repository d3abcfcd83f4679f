#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

#include "bench/command/common/binaries.hpp"
#include "bench/command/common/commands.hpp"

namespace command {
namespace {

using json = nlohmann::ordered_json;

struct list_options {
  selection wanted;
  std::string bin_dir;
  bool as_json = false;
};

json to_json(const std::vector<knob>& knobs) {
  auto list = json::array();
  for (const auto& k : knobs)
    list.push_back({{"key", k.key}, {"value", k.value}, {"about", k.about}});
  return list;
}

json to_json(const selection& wanted, const catalogue& all) {
  json out{{"profile", wanted.profile},
           {"models", json::array()},
           {"workloads", json::array()},
           {"settings", to_json(all.settings)},
           {"cells", json::array()}};
  for (const auto& m : all.models) out["models"].push_back({{"name", m.name}, {"about", m.about}});
  for (const auto& w : all.workloads)
    out["workloads"].push_back({{"name", w.name}, {"about", w.about}, {"knobs", to_json(w.knobs)}});
  for (const auto& c : all.cells) {
    json cell{{"name", c.name},       {"workload", c.workload},
              {"model", c.model},     {"params", c.params},
              {"workers", c.workers}, {"binary", all.binaries[c.binary].file.string()}};
    if (!c.absent.empty()) cell["absent"] = c.absent;
    out["cells"].push_back(std::move(cell));
  }
  return out;
}

template <class List>
void print_names(const char* title, const List& list) {
  std::size_t width = 0;
  for (const auto& each : list) width = std::max(width, each.name.size());
  fmt::print("{}\n", title);
  for (const auto& each : list) fmt::print("  {:<{}}  {}\n", each.name, width, each.about);
}

void print_knobs(const char* title, const std::vector<knob>& knobs) {
  if (knobs.empty()) return;
  fmt::print("\n{}\n", title);
  for (const auto& k : knobs)
    fmt::print("  {:<14} {} (default {})\n", k.key, k.about, k.value.empty() ? "none" : k.value);
}

// Each size of each workload with the models that run it; below it those that do not, by reason.
void print_cells(const catalogue& all) {
  struct line {
    std::vector<std::string> models;
    std::map<std::string, std::vector<std::string>> absent;
  };
  std::vector<std::pair<std::string, line>> lines;
  for (const auto& c : all.cells) {
    auto title = c.workload;
    for (const auto& [key, value] : c.params.items())
      title +=
          fmt::format(" {}:{}", key, value.is_string() ? value.get<std::string>() : value.dump());
    auto at = std::ranges::find(lines, title, &std::pair<std::string, line>::first);
    if (at == lines.end()) at = lines.insert(lines.end(), {title, {}});
    auto& models = c.absent.empty() ? at->second.models : at->second.absent[c.absent];
    if (std::ranges::find(models, c.model) == models.end()) models.push_back(c.model);
  }
  fmt::print("\nCells\n");
  for (const auto& [title, l] : lines) {
    fmt::print("  {}\n    {}\n", title, fmt::join(l.models, " "));
    for (const auto& [reason, models] : l.absent)
      fmt::print("    - {}: {}\n", fmt::join(models, ", "), reason);
  }
}

void list(list_options o) {
  o.wanted.folder = o.bin_dir.empty() ? own_folder() : std::filesystem::path{o.bin_dir};
  interrupts interrupts;
  const auto all = read_catalogue(o.wanted, interrupts);
  if (o.as_json) {
    fmt::print("{}\n", to_json(o.wanted, all).dump(2));
    return;
  }
  print_names("Models", all.models);
  fmt::print("\n");
  print_names("Workloads", all.workloads);
  print_knobs("Settings (--set key=value)", all.settings);
  for (const auto& w : all.workloads)
    print_knobs(fmt::format("Settings of {}", w.name).c_str(), w.knobs);
  print_cells(all);
}

}  // namespace

void add_list(CLI::App& app) {
  auto o = std::make_shared<list_options>();
  auto* list_command =
      app.add_subcommand("list", "Show models, workloads and cells, and why a cell is not there");
  list_command->add_option("--profile,-p", o->wanted.profile, "smallest, quick, standard, thorough")
      ->capture_default_str();
  list_command->add_option("--models,-m", o->wanted.models, "Models: a,b")->delimiter(',');
  list_command->add_option("--workloads,-w", o->wanted.workloads, "Workloads as globs: 'cpu/*'")
      ->delimiter(',');
  list_command->add_option("--workers", o->wanted.workers, "Numbers of workers: 1,2")
      ->delimiter(',')
      ->capture_default_str();
  list_command->add_option("--set", o->wanted.sets, "A setting, key=value")
      ->allow_extra_args(false);
  list_command->add_option("--bin-dir", o->bin_dir,
                           "Where the bench_* binaries are (default: beside contend)");
  list_command->add_flag("--json", o->as_json, "As JSON");
  list_command->footer("Examples:\n  contend list\n  contend list --profile thorough --json");
  list_command->callback([o] { list(*o); });
}

}  // namespace command
