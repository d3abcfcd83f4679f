#pragma once

#include <memory>
#include <span>
#include <string>

#include "reports/judge/findings.hpp"

namespace reports {

// Verdicts, ratios and crossovers for a pull request or a README. Ends with a newline.
std::string markdown(std::span<const std::unique_ptr<findings>> files);

// One line per cell with every number, in ns and bytes, after a line of names.
std::string csv(std::span<const std::unique_ptr<findings>> files);

}  // namespace reports
