#pragma once

#include <string>

#include "reports/judge/compare.hpp"

namespace CLI {
class App;
}

namespace reports {

// Where a comparison is written to, as the user says it; empty: not. "-" is the standard output.
struct comparison_files {
  std::string text, markdown, json, junit, svg;
  bool annotations = false;

  // Adds --text, --markdown, --json, --junit, --svg and --github. This must outlive the parsing.
  void add_to(CLI::App& command);

  // Writes what was asked for, and the text to the standard output where nothing else goes there.
  void write(const comparison& made) const;
};

}  // namespace reports
