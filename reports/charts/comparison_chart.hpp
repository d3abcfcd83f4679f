#pragma once

#include <string>

#include "reports/judge/compare.hpp"

namespace reports {

// A self-contained SVG: the changed rows, the largest change first, then as many of the others as
// are worth a look, each with its interval beside the band of what does not matter.
std::string comparison_svg(const comparison& from);

}  // namespace reports
