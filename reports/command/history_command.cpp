#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>

#include "reports/base/output_file.hpp"
#include "reports/base/text.hpp"
#include "reports/charts/history_chart.hpp"
#include "reports/command/commands.hpp"
#include "reports/history/history.hpp"
#include "reports/render/table.hpp"

namespace reports {
namespace {

struct history_options {
  std::string database = "history.sqlite", fingerprint, name = "*", field = "time_ns", revision,
              note, threshold = "3%", overrides, json, svg;
  std::vector<std::string> files;
};

std::string chosen_fingerprint(history& kept, const history_options& chosen) {
  return chosen.fingerprint.empty() ? kept.latest_fingerprint() : chosen.fingerprint;
}

void add(const history_options& chosen) {
  std::vector<results> read;  // all or none: a broken file leaves the history as it was
  for (const std::string& file : chosen.files) read.push_back(read_results(file));
  history kept(chosen.database, true);
  for (const results& each : read) {
    auto count = kept.add(each);
    fmt::print("{}: {}\n", each.source,
               count ? fmt::format("{} values kept", *count) : "is there already");
  }
}

void show(const history_options& chosen) {
  history kept(chosen.database, false);
  const std::string fingerprint = chosen_fingerprint(kept, chosen);
  const auto runs = kept.runs(fingerprint);
  std::vector<history::series> wanted;
  for (auto& each : kept.all_series(fingerprint))
    if (each.field == chosen.field && fnmatch(chosen.name.c_str(), each.name.c_str(), 0) == 0)
      wanted.push_back(std::move(each));
  fmt::print("{} runs on {}{}\n", runs.size(),
             fingerprint.empty() ? "a machine without a fingerprint" : printable(fingerprint),
             runs.empty() ? ""
                          : fmt::format(", {} to {}", printable(runs.front().revision),
                                        printable(runs.back().revision)));
  if (!chosen.svg.empty()) write_output(chosen.svg, trend_svg(wanted, runs));
  fmt::print("{}", trend_table(wanted, terminal_options(STDOUT_FILENO).width));
}

std::string line_of(const shift& each) {
  std::string what = fmt::format("{} {}", printable(each.name), label_of(each.field));
  std::string size = change_text(each.ratio);
  if (each.is == shift::kind::drift)
    return fmt::format("{}: drifted {} over {} runs, {} to {} (q = {:.2g})", what, size, each.runs,
                       printable(each.before), printable(each.revision), each.q);
  return fmt::format("{}: {} at {} (after {}; {} runs since, q = {:.2g}){}", what, size,
                     printable(each.revision), printable(each.before), each.runs, each.q,
                     each.lasting ? "" : ", undone since");
}

std::string check_json(const history_check& found) {
  nlohmann::ordered_json out = {{"contend_history_check", 1},
                                {"fingerprint", found.fingerprint},
                                {"runs", found.runs},
                                {"judged", found.judged},
                                {"too_short", found.too_short}};
  out["shifts"] = nlohmann::ordered_json::array();
  for (const shift& each : found.shifts)
    out["shifts"].push_back({{"name", each.name},
                             {"field", each.field},
                             {"kind", each.is == shift::kind::drift ? "drift" : "step"},
                             {"revision", each.revision},
                             {"before", each.before},
                             {"ratio", each.ratio},
                             {"q", each.q},
                             {"runs", each.runs},
                             {"lasting", each.lasting}});
  return out.dump(1) + '\n';
}

void check(const history_options& chosen) {
  thresholds limits;
  limits.otherwise = parse_percent(chosen.threshold);
  if (!chosen.overrides.empty()) limits.overrides = read_overrides(chosen.overrides);
  history kept(chosen.database, false);
  history_check found = check_history(kept, chosen_fingerprint(kept, chosen), limits);
  if (!chosen.json.empty()) write_output(chosen.json, check_json(found));
  if (chosen.json != "-") {
    fmt::print("{} runs, {} series judged, {} too short (fewer than {} runs), {} accepted shifts\n",
               found.runs, found.judged, found.too_short, fewest_runs, found.accepted);
    for (bool up : {true, false}) {
      bool first = true;
      for (const shift& each : found.shifts) {
        if ((each.ratio > 1) != up) continue;
        if (first) fmt::print("\n{}\n", up ? "slower or larger" : "faster or smaller");
        first = false;
        fmt::print("  {}\n", line_of(each));
      }
    }
    if (found.shifts.empty() && found.judged > 0) fmt::print("No lasting change was found.\n");
  }
  if (found.regressed()) throw exit_status{2};
  if (found.judged == 0) throw exit_status{3};
}

void accept(const history_options& chosen) {
  history kept(chosen.database, false);
  kept.accept(chosen.name, chosen.field, chosen.revision, chosen.note);
  fmt::print("From {} on, {} is normal at its new level.\n", printable(chosen.revision),
             printable(chosen.name));
}

}  // namespace

void add_history(CLI::App& app) {
  CLI::App* command = app.add_subcommand("history", "Results over time: add, show, check, accept");
  command->require_subcommand(1);
  auto chosen = std::make_shared<history_options>();
  auto subcommand = [&](const char* name, const char* about, void (*run)(const history_options&)) {
    CLI::App* made = command->add_subcommand(name, about);
    made->add_option("--db", chosen->database, "The history's file")->capture_default_str();
    made->callback([chosen, run] { run(*chosen); });
    return made;
  };
  auto with_machine = [&](CLI::App* to) {
    to->add_option("--fingerprint", chosen->fingerprint,
                   "Of which machine, toolchain and settings (default: of the latest run)");
  };

  CLI::App* adding = subcommand("add", "Keep the raw samples of results files", add);
  adding->add_option("RESULTS", chosen->files, "Results files")->required();

  CLI::App* showing = subcommand("show", "A table and a chart of trends", show);
  showing->add_option("--name", chosen->name, "Benchmarks by glob")->capture_default_str();
  showing->add_option("--field", chosen->field, "time_ns, cpu_ns, peak_bytes, ...")
      ->capture_default_str();
  showing->add_option("--svg", chosen->svg, "Write the chart to this file");
  with_machine(showing);

  CLI::App* checking = subcommand(
      "check", "Shifts and drifts that last. Exit status: 0 none upwards, 2 one, 3 too few runs",
      check);
  checking->add_option("--threshold", chosen->threshold, "From which change on it matters")
      ->capture_default_str();
  checking->add_option("--thresholds", chosen->overrides,
                       "A file of lines \"GLOB [FIELD] PERCENT\"");
  checking->add_option("--json", chosen->json, "Write what was found as JSON");
  with_machine(checking);

  CLI::App* accepting = subcommand("accept", "Take a shift as the new normal", accept);
  accepting->add_option("NAME", chosen->name, "The benchmark")->required();
  accepting->add_option("REVISION", chosen->revision, "The first with the new level")->required();
  accepting->add_option("--field", chosen->field, "Only this quantity")->default_str("all");
  accepting->add_option("--note", chosen->note, "Why");
  accepting->preparse_callback([chosen](std::size_t) { chosen->field.clear(); });
}

}  // namespace reports
