#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "bench/base/limits.hpp"
#include "bench/base/nearest.hpp"
#include "bench/command/common/commands.hpp"
#include "reports/command/commands.hpp"

namespace {

int complain(const std::string& what) {
  fmt::print(stderr, "contend: {}\n", what);
  return 1;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* each : app.get_subcommands({})) names.push_back(each->get_name());
  return names;
}

// What a command line says that its command does not know, with what it may have meant.
std::string unknown(const CLI::App& app) {
  const CLI::App* at = &app;
  if (const auto used = app.get_subcommands(); !used.empty()) at = used.front();
  const auto extra = app.remaining(true);
  const auto word = extra.empty() ? std::string{} : extra.front();
  if (at == &app && !word.starts_with("-"))
    return fmt::format("{}: no such command; {}", word,
                       bench::did_you_mean(word, commands_of(app)));
  std::vector<std::string> options;
  for (const auto* option : at->get_options())
    for (const auto& name : option->get_lnames()) options.push_back("--" + name);
  if (!word.starts_with("-"))
    return fmt::format("{}: not expected here; contend {} --help", word, at->get_name());
  return fmt::format("{}: no such option; {}", word, bench::did_you_mean(word, options));
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file over its limit fails as on a full disk, with its name
  CLI::App app{"contend: concurrency models head to head", "contend"};
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  command::add_list(app);
  command::add_run(app);
  command::add_doctor(app);
  command::add_serve(app);
  reports::add_report(app);
  reports::add_scaling(app);
  reports::add_compare(app);
  command::add_ab(app);
  reports::add_export(app);
  reports::add_history(app);
  command::add_selftest_gate(app);
  app.footer(
      "Examples:\n"
      "  contend list\n"
      "  contend run --profile quick\n"
      "  contend report results/latest.json -o report.html\n"
      "  contend compare base.json head.json\n"
      "  contend ab main HEAD\n"
      "contend COMMAND --help has the rest.");
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const reports::exit_status& status) {
    return status.value;
  } catch (const CLI::ExtrasError&) {
    return complain(unknown(app));
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForAllHelp& e) {
    return app.exit(e);
  } catch (const CLI::RequiredError& missing) {
    if (argc < 2) {
      fmt::print("{}", app.help());
      return 1;
    }
    if (const auto used = app.get_subcommands(); !used.empty() && app.remaining(true).empty())
      return complain(
          fmt::format("{}; contend {} --help", missing.what(), used.front()->get_name()));
    return complain(unknown(app));
  } catch (const std::exception& e) {
    return complain(bench::what_failed(e));
  }
}
