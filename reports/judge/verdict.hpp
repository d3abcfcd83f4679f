#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/base/statistics.hpp"
#include "reports/judge/ratios.hpp"
#include "reports/read/results.hpp"

namespace reports {

// `serial` and `floor` are what models are held against; they never compete.
bool is_baseline(std::string_view model);

// "cpu" of "cpu/skynet"
std::string family_of(std::string_view workload);

// The models of one group against its best: the one of the least median time.
struct ranking {
  const group* of = nullptr;
  std::vector<standing> places;      // valid cells, fastest first, without baselines
  std::vector<standing> baselines;   // their ratio may be below 1
  std::vector<const cell*> invalid;  // without a number

  const standing* find(std::string_view model) const;
  bool leads(std::string_view model) const;  // the best, or tied with it
  // What a model is held against: of floors by engine, as "floor@io_uring", that of its own.
  const standing* floor_of(std::string_view model) const;
};
// Points into `all`, which must outlive it.
std::vector<ranking> rank(const std::vector<group>& all);

// A model over several groups.
struct overall {
  std::string model;
  double to_best = 1;       // geometric mean of its ratios to the best of each group
  std::size_t covered = 0;  // groups in which it is valid
  std::size_t best_or_tied = 0;
  std::optional<estimate> to_winner;  // geometric mean of the ratios to the verdict's best
  std::size_t in_common = 0;          // groups that this covers: those shared, or both have
};

// Which model is best over a set of groups (a family's or a workload's).
struct verdict {
  enum class outcome {
    winner,  // one model is ahead of every other, and the interval of its lead excludes 1
    tie,     // the best and `tied` cannot be told apart
    thin,    // no interval can be had: `best` is only what was measured fastest, see `doubt`
    alone,   // one model only: nothing to compare
    none     // no valid model
  };
  outcome is = outcome::none;
  std::string subject;
  std::size_t groups = 0;       // in which at least one model is valid
  std::vector<overall> models;  // the best first; then by coverage and ratio
  std::string best;
  std::vector<std::string> compared;  // the best and who competes with it
  std::size_t shared = 0;             // groups that all of them have
  std::vector<std::string> tied;      // with the best
  std::optional<overall> next;        // the closest behind those
  // Of less coverage, so that they do not compete: clearly faster than the best in what they have,
  // or not told apart from it there.
  std::vector<overall> ahead, level;
  std::string doubt;  // why it is thin, and what would make it sure

  std::string headline() const;  // "coroutines, 1.32x ahead of fibers (1.28 to 1.36)"
  // ", in the 9 of 12 cells that a, b and c all have"; empty where they have all.
  std::string scope() const;
};
// A model must not win by leaving out what it is bad at: those compete that cover at least four
// fifths of the groups that any covers, and the best among them is sought in the groups that all of
// these have. The interval of a geometric mean adds the groups' errors in squares.
verdict judge(std::string subject, const std::vector<const ranking*>& over);

// A group in which another model is clearly ahead, and by at least 1 %: less is no reason to
// choose.
struct exception {
  std::string workload;
  std::string where;  // "leaves 1,000": what tells the workload's cells apart; "all": nothing
  std::string model;
  estimate lead;  // how many times as long the best takes
};
std::vector<exception> exceptions(const verdict& from, const std::vector<const ranking*>& over);

}  // namespace reports
