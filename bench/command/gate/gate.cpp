#include "bench/command/gate/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "bench/command/common/duration.hpp"
#include "bench/command/common/machine.hpp"
#include "bench/command/gate/pair_plan.hpp"
#include "bench/command/gate/pair_run.hpp"
#include "reports/read/results.hpp"

namespace command {
namespace {

// What of the budget the first look may take; the rest is for the second.
constexpr double first_share = 0.65;

// Pairs that are observed, too: as many as it takes to judge every value of these cells together,
// were they all different. Memory and counts vary little.
int observed_pairs(std::size_t cells) {
  return static_cast<int>(reports::pairs_needed(cells * reports::judged_fields().size()));
}

// The two files of one look, and what they hold.
struct look {
  result_file base, head;
  paired taken{};

  look(const contender& of_base, const contender& of_head, const gate_settings& s,
       const std::string& name, std::uint64_t seed)
      : base{s.out / fmt::format("base{}.json", name)},
        head{s.out / fmt::format("head{}.json", name)} {
    const auto started = utc_now();
    for (auto [file, side] : {std::pair(&base, &of_base), std::pair(&head, &of_head)}) {
      file->context = side->context;
      file->context["seed"] = seed;
      file->context["samples"] = s.pairs;
      file->context["started"] = started;
      file->context["command"] = s.command;
      file->context["compared_as"] = side->label;
      file->context["pairing"] = fmt::format("{} {}", started, seed);
    }
  }

  void take(const contender& of_base, const contender& of_head, const pairing& how,
            interrupts& interrupts) {
    const auto rows = static_cast<std::size_t>(how.pairs) * how.cells.size();
    base.reserve(rows);
    head.reserve(rows);
    taken = take_pairs(of_base, of_head, how, base, head, interrupts);
    for (auto* file : {&base, &head}) {
      file->context["complete"] = !taken.interrupted;
      file->context["samples"] = taken.pairs;
      file->context["finished"] = utc_now();
      if (file->rows() > 0) file->write();
    }
  }
};

std::vector<common_cell> changed_cells(const std::vector<common_cell>& all,
                                       const reports::comparison& made) {
  std::set<std::string> changed;
  for (const auto& row : made.rows)
    if (reports::is_changed(row)) changed.insert(row.name);
  std::vector<common_cell> out;
  std::ranges::copy_if(all, std::back_inserter(out),
                       [&](const common_cell& each) { return changed.contains(each.name); });
  return out;
}

// Fixed before the second look begins, and taken whatever they show.
int pairs_of_second_look(const std::vector<common_cell>& all,
                         const std::vector<common_cell>& changed, std::size_t values,
                         const paired& first, const gate_settings& s) {
  // A few more than so many values need at the least: that is, without a single pair that
  // disagrees.
  const int least = std::min(s.pairs, static_cast<int>(reports::pairs_needed(values)) + 4);
  std::vector<std::vector<double>> seconds;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (std::ranges::find(changed, all[i].name, &common_cell::name) != changed.end())
      seconds.push_back(first.seconds_of_cells[i]);
  return pairs_that_fit(seconds, s.budget_s - first.seconds, least, std::max(first.pairs, least));
}

std::string counted(std::size_t n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

reports::results read(const result_file& file, const contender& side) {
  auto out = reports::read_results(file.path());
  out.source = side.label;
  return out;
}

void warn_of_lone_cells(reports::comparison& made, const contender& base, const contender& head) {
  constexpr std::size_t most = 5;
  const auto lone = lone_cells(base, head);
  for (std::size_t i = 0; i < std::min(lone.size(), most); ++i) made.warnings.push_back(lone[i]);
  if (lone.size() > most)
    made.warnings.push_back(fmt::format("and {} more", counted(lone.size() - most, "such cell")));
}

}  // namespace

verdict pass_through_gate(const contender& base, const contender& head, const gate_settings& s,
                          interrupts& interrupts) {
  pairing how{.cells = common_cells(base, head),
              .pairs = s.pairs,
              .budget_s = first_share * s.budget_s,
              .observed = 0,
              .seed = s.seed,
              .min_time_s = s.min_time_s,
              .timeout_s = s.timeout_s,
              .quiet = s.quiet};
  if (how.cells.empty())
    throw usage_error{
        fmt::format("{} and {} have no cell in common; `contend list` shows what a "
                    "build has",
                    base.label, head.label)};
  how.observed = observed_pairs(how.cells.size());
  if (!s.quiet)
    fmt::print(stderr, "{} x up to {} pairs, seed {}, at most {}\n",
               counted(how.cells.size(), "cell"), s.pairs, s.seed, shown_duration(s.budget_s));
  for (const char* old : {"base-again.json", "head-again.json"})
    std::filesystem::remove(s.out / old);
  look first{base, head, s, "", s.seed};
  first.take(base, head, how, interrupts);
  verdict out;
  if (first.taken.interrupted) {
    out.interrupted = true;
    return out;
  }
  out.made = reports::compare(read(first.base, base), read(first.head, head), s.limits);
  out.made.different.clear();  // what may differ has been said already
  warn_of_lone_cells(out.made, base, head);
  out.made.notes.push_back(
      fmt::format("{} of {}, fresh processes in randomised ABBA blocks, seed {}, {}",
                  counted(static_cast<std::size_t>(first.taken.pairs), "pair"),
                  counted(how.cells.size(), "cell"), s.seed, shown_duration(first.taken.seconds)));
  if (first.taken.pairs < s.pairs)
    out.made.notes.push_back(fmt::format("{} pairs were wanted, the budget of {} held these",
                                         s.pairs, shown_duration(s.budget_s)));

  out.regressed_at_first = static_cast<int>(out.made.count(reports::change::regressed));
  const auto all = std::exchange(how.cells, changed_cells(how.cells, out.made));
  if (!how.cells.empty()) {
    const auto flagged = std::ranges::count_if(out.made.rows, reports::is_changed);
    how.pairs =
        pairs_of_second_look(all, how.cells, static_cast<std::size_t>(flagged), first.taken, s);
    how.budget_s.reset();
    how.observed = observed_pairs(how.cells.size());
    how.seed = s.seed + 1;
    if (!s.quiet)
      fmt::print(stderr, "changed at first sight: {}, measured again\n",
                 counted(how.cells.size(), "cell"));
    look second{base, head, s, "-again", how.seed};
    second.take(base, head, how, interrupts);
    if (second.taken.interrupted) {
      out.interrupted = true;
      return out;
    }
    reports::confirm(out.made, read(second.base, base), read(second.head, head), s.limits);
    out.made.notes.push_back(fmt::format(
        "{} looked changed and {} measured again in {}, {}: {} confirmed",
        counted(static_cast<std::size_t>(flagged), "value"), flagged == 1 ? "was" : "were",
        counted(static_cast<std::size_t>(second.taken.pairs), "fresh pair"),
        shown_duration(second.taken.seconds),
        std::ranges::count_if(out.made.rows, reports::is_changed)));
  }
  out.status = reports::exit_status_of(out.made.rows);
  return out;
}

}  // namespace command
