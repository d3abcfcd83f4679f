#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/history/database.hpp"
#include "reports/judge/compare.hpp"
#include "reports/read/results.hpp"

namespace reports {

// Results over time in one SQLite file: raw samples of the judged fields per run, and the shifts
// that were accepted. Safe under concurrent writers and sudden death: a run is there whole or not
// at all.
class history {
 public:
  // With `create`, a new file or a fresh schema is made where there is none. Throws database_error,
  // also for a file of a newer schema or of something else.
  history(const std::string& file, bool create);

  // The number of samples kept; nothing where the very same run is there already.
  std::optional<std::size_t> add(const results& run);

  struct run {
    std::int64_t id;
    std::string revision, fingerprint, started;
  };
  // In the order in which they were measured.
  std::vector<run> runs(const std::string& fingerprint);
  // Of the run measured last; empty in an empty history.
  std::string latest_fingerprint();

  // The medians of one quantity over the runs of a fingerprint.
  struct series {
    std::string name, field;
    std::vector<std::int64_t> run_ids;
    std::vector<double> medians;
  };
  std::vector<series> all_series(const std::string& fingerprint);

  // From this run on the new level is the normal one. Throws database_error for an unknown revision
  // or a name that it does not have. Field empty: every field of the name.
  void accept(const std::string& name, const std::string& field, const std::string& revision,
              const std::string& note);
  struct acceptance {
    std::string name, field;
    std::int64_t run_id;
  };
  std::vector<acceptance> accepted();

 private:
  std::string file_;
  database kept_;
};

// What became of one quantity over time.
struct shift {
  enum class kind { step, drift } is = kind::step;
  std::string name, field;
  std::string revision, before;  // the first with the new level, and the last with the old
  double ratio = 1;              // new level over old; for a drift, its end over its start
  double q = 1;
  std::size_t runs = 0;  // that speak for it
  bool lasting = false;  // still there at the end of the series
};

struct history_check {
  std::string fingerprint;
  std::size_t runs = 0, judged = 0, too_short = 0, accepted = 0;
  std::vector<shift> shifts;  // beyond their threshold, the largest first

  bool regressed() const;  // a lasting one upwards
};

// Change points of every series at a false discovery rate of 5 % over all of them, and steady
// drifts where a line describes the series better than the steps do. The last 200 runs are looked
// at.
history_check check_history(history& kept, const std::string& fingerprint,
                            const thresholds& limits);

inline constexpr std::size_t fewest_runs = 8;

}  // namespace reports
