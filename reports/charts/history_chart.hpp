#pragma once

#include <string>
#include <vector>

#include "reports/history/history.hpp"

namespace reports {

// A line per series: its course as a sparkline, the latest median, and its change against the
// first.
std::string trend_table(const std::vector<history::series>& all, int width);

// A self-contained SVG with one small chart per series: medians over the runs, each against its own
// range, the revisions as tooltips.
std::string trend_svg(const std::vector<history::series>& all,
                      const std::vector<history::run>& runs);

}  // namespace reports
