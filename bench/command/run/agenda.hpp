#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "bench/command/common/binaries.hpp"
#include "bench/command/sample/plan.hpp"

namespace command {

// How much is to be measured. Without a budget each cell gets `samples`. With one they are the
// least; what time is left goes to the groups that are not precise yet, and to reruns of disturbed
// samples.
struct amount {
  int samples = 0;
  double budget_s = 0;      // 0: none
  double precision = 0.02;  // relative half-width of a median's interval that is enough
};

// What became of a sample, as far as it matters for what comes next.
struct taken {
  double time_ns = 0;
  double seconds = 0;  // that it took
  bool invalid = false, disturbed = false;
  double observing_s = 0;  // that was spent after it on what the cell costs beside time
};

// What a budget did not suffice for, in cells.
struct shortage {
  std::size_t unmeasured = 0,
              short_of_samples = 0;  // no sample; some, but not all that it must get
  bool any() const { return unmeasured + short_of_samples > 0; }
};

// Decides what is sampled next, block by block; within a block in random order.
//
// A group (the cells of one workload, parameters and workers, baselines with them) is sampled as a
// whole, so that every block that has one of its cells has all, and ratios stay paired. It is
// precise when the interval of every cell's median is narrow and has stayed so for three blocks, or
// a quarter of those it had, whichever is more: to stop at the first narrow interval would keep
// those that are narrow by luck. Whether a model is ahead plays no part. A block that does not fit
// into the time left takes the groups that lack samples first, the cheapest of them before others,
// and then those with the widest intervals.
class agenda {
 public:
  agenda(const std::vector<cell>& cells, const amount& how_much, std::uint64_t seed);

  // Nothing: the end. The sample must be reported by `done` before the next is asked for.
  std::optional<planned> next();
  void done(const planned& which, const taken& result);

  // Of the time that the samples took so far.
  double seconds_spent() const { return spent_s_; }
  double seconds_left() const { return budgeted() ? how_much_.budget_s - spent_s_ : 0; }
  // After which a sample of this cell has outlived the budget: what is left, and once what such a
  // sample took so far.
  double bound_s(std::size_t cell) const { return seconds_left() + seconds_of_cell(cell); }
  // What the samples that all must get take in all, by those that were taken; nothing before a
  // tenth of the cells were seen.
  std::optional<double> needed_s() const;
  shortage lacks() const;
  double precision() const { return how_much_.precision; }
  bool budgeted() const { return how_much_.budget_s > 0; }
  // Cells that are sampled twice in each block: one of each family, drawn by the seed among those
  // of models.
  const std::vector<std::size_t>& pairs() const { return pairs_; }
  // Groups whose cells are all precise, and all groups that have a valid cell.
  std::size_t precise_groups() const;
  std::size_t groups() const;

 private:
  struct slot {
    std::size_t cell, group;
    bool again;
  };
  struct history {
    std::vector<double> quiet, disturbed;  // times
    double seconds = 0;
    int samples = 0, blocks = 0;
    bool invalid = false;
  };

  void plan_block();
  void judge_last_block();
  bool precise(std::size_t group) const;
  std::vector<bool> wanted_groups() const;
  double seconds_of(std::size_t group) const;
  double seconds_of_cell(std::size_t cell) const;
  double half_width(std::size_t group) const;
  bool has_valid(std::size_t group) const;
  void plan_reruns();

  amount how_much_;
  std::vector<slot> slots_;
  std::vector<std::size_t> pairs_;
  std::vector<history> histories_;  // by cell
  struct progress_of_group {
    double half_width = 0;
    int blocks = 0, narrow = 0;  // those in a row whose end found it narrow
    bool in_last_block = false;
  };
  std::vector<progress_of_group> groups_;
  shuffles orders_;
  std::deque<planned> queue_;
  std::vector<planned> to_rerun_;
  int block_ = 0;
  double spent_s_ = 0;
};

}  // namespace command
