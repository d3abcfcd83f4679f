#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "reports/base/output_file.hpp"
#include "reports/command/commands.hpp"
#include "reports/judge/scaling.hpp"

namespace reports {

void add_scaling(CLI::App& app) {
  struct options {
    std::string file;
    bool as_json = false;
  };
  auto chosen = std::make_shared<options>();
  CLI::App* command = app.add_subcommand(
      "scaling", "How throughput grows with workers, and what one more task costs in memory");
  command->add_option("RESULTS", chosen->file, "Results of a run over several sizes or workers")
      ->required();
  command->add_flag("--json", chosen->as_json, "As JSON");
  command->footer(
      "Examples:\n"
      "  contend run -w cpu/fib --workers 1,2,4,8,16 -o s.json && contend scaling s.json\n"
      "  contend run -w primitives/spawn_join --set tasks=1000,10000,100000 -o n.json && contend "
      "scaling n.json");
  command->callback([chosen] {
    auto read = read_results(chosen->file);
    write_output("-", chosen->as_json ? scaling_json(read).dump(2) + "\n" : scaling_text(read));
  });
}

}  // namespace reports
