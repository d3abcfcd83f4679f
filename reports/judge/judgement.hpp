#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/base/statistics.hpp"

namespace reports {

enum class change { regressed, improved, unchanged, cannot_judge };

// "regressed", "improved", "unchanged", "cannot judge".
std::string_view to_string(change result);

// One quantity of one benchmark, measured before and after; less is better.
struct measured_change {
  std::string name;   // of the benchmark
  std::string field;  // "time_ns", "peak_bytes", ...
  std::vector<double> base, head;
  bool paired = false;      // base[i] and head[i] were neighbours in time
  double threshold = 0.03;  // a change up to this share does not matter
  double floor = 0;         // values below it count as this: they do not matter at all
  bool required = true;     // a change that cannot be judged leaves the whole unjudged
  std::string obstacle;     // why it cannot be judged whatever the samples, else empty
};

struct judgement {
  std::string name, field;  // as in measured_change
  change result = change::cannot_judge;
  std::string reason;  // why it cannot be judged, or why it is not what it looks like
  bool paired = false, required = true;
  double threshold = 0;
  double base = 0, head = 0;  // medians
  estimate effect;            // head over base
  double p = 1, q = 1;        // of a change beyond the threshold, in the effect's direction
  // The smallest change that these samples, at this noise and among this many rows, tell from none
  // with 80 % power, as a share; infinite where there are too few samples for any.
  double detectable = 0;
  // The same of a change beyond the threshold: from this size on it would have been named.
  double flagged_from = 0;
  std::size_t base_samples = 0, head_samples = 0;
};

inline constexpr double discovery_rate = 0.05;

// Judges all rows together. Beyond the threshold is tested one-sided in each direction: paired by
// flipping the signs of the clipped log ratios, unpaired by rank sums; then the false discovery
// rate over all rows is held at 5 % in each direction (Benjamini and Hochberg 1995). What is not
// found changed is unchanged only where a change of the threshold's size could have been detected,
// and where the effect is itself within the threshold; anything else cannot be judged.
std::vector<judgement> judge(const std::vector<measured_change>& rows);

// A second look at the changed rows of the first, in fresh samples judged by themselves: what
// changed both times in the same direction stays, the rest gets the second verdict and says so.
// Rows that the second look does not hold stay as they are.
std::vector<judgement> confirmed(std::vector<judgement> first,
                                 const std::vector<judgement>& second);

// Regressed or improved.
bool is_changed(const judgement& row);

// The fewest pairs in which so many values can be judged together.
std::size_t pairs_needed(std::size_t values);

// 2 where something regressed, else 3 where something required could not be judged, else 0.
int exit_status_of(const std::vector<judgement>& all);

}  // namespace reports
