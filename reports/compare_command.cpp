#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "reports/commands.hpp"
#include "reports/compare.hpp"
#include "reports/output_file.hpp"
#include "reports/table.hpp"
#include "reports/text.hpp"

namespace reports {
namespace {

struct compare_options {
  std::string base, head, threshold = "3%", overrides, text, markdown, json, junit;
  bool force = false, annotations = false;
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

  bool said = chosen.annotations;
  for (const auto& [file, write] :
       {std::pair(&chosen.markdown, &comparison_markdown),
        std::pair(&chosen.json, &comparison_json), std::pair(&chosen.junit, &comparison_junit)}) {
    if (file->empty()) continue;
    write_output(*file, write(made));
    said = said || *file == "-";
  }
  if (chosen.annotations) write_output("-", comparison_annotations(made));
  auto terminal = terminal_options(STDOUT_FILENO);
  if (!chosen.text.empty())
    write_output(chosen.text, comparison_text(made, chosen.text == "-" ? terminal.width : 100,
                                              chosen.text == "-" && terminal.colour));
  else if (!said)
    write_output("-", comparison_text(made, terminal.width, terminal.colour));

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
  command->add_option("--text", chosen->text, "Write text to this file (- is the standard output)");
  command->add_option("--markdown", chosen->markdown,
                      "Write Markdown for a pull request's comment");
  command->add_option("--json", chosen->json, "Write every judgement as JSON");
  command->add_option("--junit", chosen->junit, "Write JUnit XML");
  command->add_flag("--annotations", chosen->annotations, "Print annotations for GitHub Actions");
  command->callback([chosen] { run(*chosen); });
}

}  // namespace reports
