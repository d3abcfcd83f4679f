#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "reports/base/output_file.hpp"
#include "reports/command/commands.hpp"
#include "reports/judge/findings.hpp"
#include "reports/render/markdown.hpp"
#include "reports/render/page.hpp"
#include "reports/render/svg.hpp"
#include "reports/render/table.hpp"

namespace reports {
namespace {

struct report_options {
  std::vector<std::string> files;
  std::string html, svg, markdown, csv;
  bool text = false;
};

void run(const report_options& chosen) {
  std::vector<std::unique_ptr<findings>> all;
  for (const std::string& file : chosen.files)
    all.push_back(std::make_unique<findings>(read_results(file)));

  if (!chosen.html.empty()) write_output(chosen.html, html_page(all));
  if (!chosen.markdown.empty()) write_output(chosen.markdown, markdown(all));
  if (!chosen.csv.empty()) write_output(chosen.csv, csv(all));
  if (!chosen.svg.empty())
    fmt::print(stderr, "{} charts in {}\n", write_svgs(all, chosen.svg), chosen.svg);
  bool nothing_else =
      chosen.html.empty() && chosen.markdown.empty() && chosen.csv.empty() && chosen.svg.empty();
  if (!chosen.text && !nothing_else) return;
  auto terminal = terminal_options(STDOUT_FILENO);
  for (const auto& each : all) {
    if (all.size() > 1) write_output("-", "\n" + each->label() + "\n");
    write_output("-", text_table(each->data, terminal));
  }
}

}  // namespace

void add_report(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("report",
                         "Which model to use, and why: one offline page, charts, tables; from "
                         "results of contend or any Google Benchmark JSON");
  auto chosen = std::make_shared<report_options>();
  command->add_option("RESULTS", chosen->files, "Results files; each is shown on its own")
      ->required();
  command->add_option("-o,--html", chosen->html, "Write the page to this file (- is the output)");
  command->add_option("--svg", chosen->svg, "Write every chart as a file into this folder");
  command->add_option("--markdown", chosen->markdown, "Write verdicts and ratios as Markdown");
  command->add_option("--csv", chosen->csv, "Write one line per cell with every number");
  command->add_flag("--text", chosen->text,
                    "Print the table; also what happens when nothing else is asked for");
  command->callback([chosen] { run(*chosen); });
}

}  // namespace reports
