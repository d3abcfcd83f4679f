#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "reports/base/output_file.hpp"
#include "reports/command/commands.hpp"
#include "reports/render/export.hpp"

namespace reports {

void add_export(CLI::App& app) {
  struct options {
    std::string file, format, out = "-";
  };
  static const std::map<std::string, std::string (*)(const results&)> formats = {
      {"github-action-benchmark", &export_github_action_benchmark},
      {"bencher", &export_bencher},
      {"csv", &export_csv}};
  CLI::App* command =
      app.add_subcommand("export", "Results in the format of another service, or as CSV");
  auto chosen = std::make_shared<options>();
  command->add_option("RESULTS", chosen->file, "A results file")->required();
  command
      ->add_option("--format", chosen->format,
                   "github-action-benchmark (its customSmallerIsBetter), bencher or csv")
      ->required()
      ->check(CLI::IsMember(formats));
  command->add_option("-o,--out", chosen->out, "The file to write (- is the standard output)")
      ->capture_default_str();
  command->callback([chosen] {
    write_output(chosen->out, formats.at(chosen->format)(read_results(chosen->file)));
  });
}

}  // namespace reports
