#include "reports/render/comparison_files.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "reports/base/output_file.hpp"
#include "reports/charts/comparison_chart.hpp"
#include "reports/render/table.hpp"

namespace reports {

void comparison_files::add_to(CLI::App& command) {
  command.add_option("--text", text, "Write text to this file (- is the standard output)");
  command.add_option("--markdown", markdown, "Write Markdown for a pull request's comment");
  command.add_option("--json", json, "Write every judgement as JSON");
  command.add_option("--junit", junit, "Write JUnit XML");
  command.add_option("--svg", svg, "Draw the changed rows with their intervals");
  command.add_flag("--github,--annotations", annotations,
                   "Print annotations for GitHub Actions in place of the text");
}

void comparison_files::write(const comparison& made) const {
  bool said = annotations;
  for (const auto& [file, make] :
       {std::pair(&markdown, &comparison_markdown), std::pair(&json, &comparison_json),
        std::pair(&junit, &comparison_junit), std::pair(&svg, &comparison_svg)}) {
    if (file->empty()) continue;
    write_output(*file, make(made));
    said = said || *file == "-";
  }
  if (annotations) write_output("-", comparison_annotations(made));
  const auto terminal = terminal_options(STDOUT_FILENO);
  if (text == "-" || (text.empty() && !said))
    write_output("-", comparison_text(made, terminal.width, terminal.colour));
  else if (!text.empty())
    write_output(text, comparison_text(made, 100, false));
}

}  // namespace reports
