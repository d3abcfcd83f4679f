#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "reports/command/commands.hpp"
#include "reports/judge/compare.hpp"
#include "reports/render/comparison_files.hpp"

namespace reports {
namespace {

struct compare_options {
  std::string base, head, threshold = "3%", overrides;
  bool force = false;
  comparison_files files;
};

void run(const compare_options& chosen) {
  thresholds limits;
  limits.otherwise = parse_percent(chosen.threshold);
  if (!chosen.overrides.empty()) limits.overrides = read_overrides(chosen.overrides);
  results base = read_results(chosen.base), head = read_results(chosen.head);

  auto different = differing_facts(base, head);
  if (!different.empty() && !chosen.force) {
    fmt::print(stderr, "contend compare: these were not measured under the same conditions:\n");
    for (const std::string& fact : different) fmt::print(stderr, "  {}\n", fact);
    fmt::print(stderr, "Measure both again alike, or see the numbers all the same with --force.\n");
    throw exit_status{3};
  }
  comparison made = compare(base, head, limits);
  chosen.files.write(made);
  int status = made.rows.empty() ? 3 : exit_status_of(made.rows);
  if (status != 0) throw exit_status{status};
}

}  // namespace

void add_compare(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "compare",
      "What changed between two results files, and how sure that is. Exit status: 0 nothing "
      "regressed, 2 something did, 3 cannot judge, 1 error");
  auto chosen = std::make_shared<compare_options>();
  command->add_option("BASE", chosen->base, "Results before")->required();
  command->add_option("HEAD", chosen->head, "Results after")->required();
  command->add_option("--threshold", chosen->threshold, "From which change on it matters")
      ->capture_default_str();
  command->add_option("--thresholds", chosen->overrides,
                      "A file of lines \"GLOB [FIELD] PERCENT\", the last that fits holds");
  command->add_flag("--force", chosen->force,
                    "Compare in spite of different machines, toolchains or settings, and say so");
  chosen->files.add_to(*command);
  command->callback([chosen] { run(*chosen); });
}

}  // namespace reports
