#pragma once

namespace CLI {
class App;
}

namespace reports {

// Thrown by a command that has printed all it had to say; `main` returns it.
struct exit_status {
  int value;
};

// Each adds its subcommand, with its options and what it does, to the front door.
void add_compare(CLI::App& app);
void add_export(CLI::App& app);
void add_history(CLI::App& app);
void add_report(CLI::App& app);
void add_scaling(CLI::App& app);

}  // namespace reports
