#pragma once

#include <string>
#include <string_view>

namespace bench {

// A slowdown on purpose, for trying out what watches performance: every timed run of the cells that
// fit is drawn out, inside the clock, by a busy wait of this share of the run itself.
struct slowdown {
  std::string cells;  // a glob of their names; what is below it is meant as well: "cpu/hash"
  double share = 0;

  double of(const std::string& cell) const;
};

// Reads "cpu/hash:5%"; empty text is no slowdown. Throws std::invalid_argument that says what is
// wanted.
slowdown parse_slowdown(std::string_view text);

}  // namespace bench
