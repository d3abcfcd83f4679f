#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <memory>
#include <set>

#include "bench/command/common/commands.hpp"
#include "bench/command/common/duration.hpp"
#include "bench/command/gate/ab_options.hpp"
#include "bench/contract/slowdown.hpp"
#include "bench/measure/clock.hpp"
#include "reports/base/output_file.hpp"
#include "reports/command/commands.hpp"
#include "reports/judge/significance.hpp"
#include "reports/judge/simulation.hpp"

namespace command {
namespace {

using json = nlohmann::ordered_json;

// What the gate promises: false alarms in at most this share of runs without a change, and the
// changes of these runs caught in at least that share.
constexpr double most_alarms = 0.01, least_caught = 0.95;

struct options : ab_options {
  std::string build, json_file;
  std::vector<std::string> slowdowns;
  int runs = 20, slow_runs = -1, simulate = 0;
};

// One kind of run: nothing changed, or some cells slowed down.
struct trial {
  std::string slowdown;  // empty: A/A
  int runs = 0, planned = 0;
  int alarms = 0, alarms_at_first = 0;  // runs with a regression of what was not slowed down
  int caught = 0;                       // runs in which every row that was slowed down was named
  int caught_by_time = 0;               // and its time, not only its CPU time or its p99
  int improved = 0, unjudged = 0;
};

std::string share_of(int found, int of) {
  const auto range =
      reports::share_interval(static_cast<std::size_t>(found), static_cast<std::size_t>(of));
  return fmt::format("{} of {} ({:.1f} %, interval {:.1f} to {:.1f} %)", found, of,
                     100.0 * found / std::max(of, 1), 100 * range.low, 100 * range.high);
}

std::vector<std::string> slowed_cells(const contender& head, const std::string& slowdown) {
  const auto wanted = bench::parse_slowdown(slowdown);
  std::vector<std::string> out;
  for (const auto& cell : head.all.cells)
    if (cell.absent.empty() && wanted.of(cell.name) > 0) out.push_back(cell.name);
  return out;
}

class selftest {
 public:
  selftest(const options& o, interrupts& interrupts)
      : o_{o}, settings_{o.settings()}, interrupts_{interrupts} {
    settings_.quiet = true;
    settings_.command = {"contend", "selftest-gate"};
    auto wanted = o.wanted;
    wanted.folder = o.build.empty() ? own_folder() : std::filesystem::path{o.build};
    base_ = make_contender("A", wanted, settings_.min_time_s, false, interrupts);
    add_trial(wanted, "", o.runs);
    for (const auto& each : o.slowdowns)
      add_trial(wanted, each, o.slow_runs < 0 ? o.runs : o.slow_runs);
  }

  // The kinds of run take turns, so that each meets the same moods of the machine.
  void run() {
    for (bool more = true; more && !interrupted_;) {
      more = false;
      for (std::size_t i = 0; i < trials_.size() && !interrupted_; ++i)
        if (trials_[i].runs < trials_[i].planned) {
          run_once(i);
          more = true;
        }
    }
  }

  // Prints the figures; whether they agree with what is promised.
  bool report() const {
    bool good = true;
    fmt::print("{} cells, {} pairs of each at most, {} matters, seeds from {}\n",
               common_cells(base_, heads_.front()).size(), o_.pairs, o_.threshold, o_.seed);
    for (const auto& t : trials_) {
      if (t.planned == 0) continue;
      fmt::print("{}{}\n", t.slowdown.empty() ? "The same build twice" : "slowdown=" + t.slowdown,
                 t.runs < t.planned
                     ? fmt::format(", stopped after {} of {} runs", t.runs, t.planned)
                     : "");
      if (t.runs == 0) continue;
      fmt::print("  false alarms    {}; {} at first sight\n", share_of(t.alarms, t.runs),
                 t.alarms_at_first);
      if (!t.slowdown.empty())
        fmt::print("  caught, named   {}\n  by its time     {}\n", share_of(t.caught, t.runs),
                   share_of(t.caught_by_time, t.runs));
      fmt::print("  said improved   {} runs; something could not be judged in {}\n", t.improved,
                 t.unjudged);
      const auto bounds = [&](int found) {
        return reports::share_interval(static_cast<std::size_t>(found),
                                       static_cast<std::size_t>(t.runs));
      };
      good = good && bounds(t.alarms).low <= most_alarms &&
             (t.slowdown.empty() || bounds(t.caught).high >= least_caught);
    }
    return good;
  }

  bool interrupted() const { return interrupted_; }

 private:
  void add_trial(selection wanted, const std::string& slowdown, int runs) {
    if (!slowdown.empty()) wanted.sets.push_back("slowdown=" + slowdown);
    heads_.push_back(make_contender(slowdown.empty() ? "A" : "A with slowdown=" + slowdown, wanted,
                                    settings_.min_time_s, false, interrupts_));
    if (!slowdown.empty() && slowed_cells(heads_.back(), slowdown).empty())
      throw usage_error{fmt::format("--slowdown {}: fits none of the selected cells", slowdown)};
    trials_.push_back({.slowdown = slowdown, .planned = runs});
  }

  void run_once(std::size_t kind) {
    auto& t = trials_[kind];
    const auto start = bench::now_ns();
    settings_.seed = o_.seed + 2 * static_cast<std::uint64_t>(done_++);
    const auto found = pass_through_gate(base_, heads_[kind], settings_, interrupts_);
    if (interrupted_ |= found.interrupted) return;
    const auto slowed =
        t.slowdown.empty() ? std::vector<std::string>{} : slowed_cells(heads_[kind], t.slowdown);
    std::set<std::string> named, named_by_time;
    std::vector<std::string> regressed;
    for (const auto& row : found.made.rows) {
      if (row.result != reports::change::regressed) continue;
      regressed.push_back(row.name + " " + row.field);
      if (std::ranges::find(slowed, row.name) == slowed.end()) continue;
      named.insert(row.name);
      if (row.field == "time_ns") named_by_time.insert(row.name);
    }
    const bool alarm = std::ranges::any_of(found.made.rows, [&](const auto& row) {
      return row.result == reports::change::regressed &&
             std::ranges::find(slowed, row.name) == slowed.end();
    });
    ++t.runs;
    t.alarms += alarm;
    t.alarms_at_first += t.slowdown.empty() && found.regressed_at_first > 0;
    t.caught += !slowed.empty() && named.size() == slowed.size();
    t.caught_by_time += !slowed.empty() && named_by_time.size() == slowed.size();
    t.improved += found.made.count(reports::change::improved) > 0;
    t.unjudged += std::ranges::any_of(found.made.rows, [](const auto& row) {
      return row.required && row.result == reports::change::cannot_judge;
    });
    const double took_s = 1e-9 * static_cast<double>(bench::now_ns() - start);
    keep({{"slowdown", t.slowdown},
          {"seed", settings_.seed},
          {"exit_status", found.status},
          {"regressed", regressed},
          {"regressed_at_first", found.regressed_at_first},
          {"seconds", took_s},
          {"comparison", json::parse(reports::comparison_json(found.made))}});
    if (!o_.quiet)
      fmt::print(
          stderr, "{} {}/{}, {}: {}\n", t.slowdown.empty() ? "A/A" : t.slowdown, t.runs, t.planned,
          shown_duration(took_s),
          regressed.empty() ? "no regression" : fmt::format("{}", fmt::join(regressed, ", ")));
  }

  void keep(json run) {
    if (o_.json_file.empty()) return;
    kept_.push_back(std::move(run));
    reports::write_output(o_.json_file, kept_.dump(1) + "\n");
  }

  const options& o_;
  gate_settings settings_;
  interrupts& interrupts_;
  contender base_;
  std::vector<contender> heads_;
  std::vector<trial> trials_;
  json kept_ = json::array();
  int done_ = 0;
  bool interrupted_ = false;
};

// Whether the made-up data keep what is promised of the false discovery rate.
bool simulate(const options& o) {
  const auto found = reports::simulate_gate({.runs = o.simulate, .seed = o.seed});
  const auto share = [](std::size_t n, std::size_t of) {
    return 100.0 * static_cast<double>(n) / static_cast<double>(of);
  };
  fmt::print(
      "{} made-up runs with changes, and as many without, 40 rows each, seed {}\n"
      "                                   first look   confirmed\n"
      "  false discovery rate (max. 5 %)  {:8.2f} %  {:8.2f} %\n"
      "  of +8 % changes, caught          {:8.2f} %  {:8.2f} %\n"
      "  runs without change, flagged     {:8.2f} %  {:8.2f} %\n",
      found.runs, o.seed, 100 * found.false_at_first, 100 * found.false_confirmed,
      share(found.caught_at_first, found.slowed), share(found.caught_confirmed, found.slowed),
      share(found.alarms_at_first, static_cast<std::size_t>(found.runs)),
      share(found.alarms_confirmed, static_cast<std::size_t>(found.runs)));
  return found.false_at_first <= 0.05 && found.false_confirmed <= 0.05;
}

void run(const options& o) {
  if (o.simulate > 0) throw reports::exit_status{simulate(o) ? 0 : 2};
  ::signal(SIGPIPE, SIG_IGN);
  interrupts interrupts;
  selftest test{o, interrupts};
  test.run();
  const bool good = test.report();
  throw reports::exit_status{test.interrupted() ? 130 : good ? 0 : 2};
}

}  // namespace

void add_selftest_gate(CLI::App& app) {
  auto o = std::make_shared<options>();
  o->budget = "1m";
  o->out = "results/selftest-gate";
  auto* command = app.add_subcommand(
      "selftest-gate",
      "How often the gate cries wolf and how often it sleeps: one build against itself, as it is "
      "and slowed down on purpose");
  command->add_option("BUILD", o->build, "A build folder (default: beside contend)");
  command->add_option("--runs", o->runs, "Runs of the build against itself")
      ->capture_default_str()
      ->check(CLI::Range(0, 1'000'000));
  command
      ->add_option("--slowdown", o->slowdowns,
                   "Slow HEAD down by a busy wait: cpu/hash:5%; as often as wanted")
      ->allow_extra_args(false);
  command->add_option("--slow-runs", o->slow_runs, "Runs of each slowdown (default: as --runs)")
      ->check(CLI::Range(0, 1'000'000));
  command
      ->add_option("--simulate", o->simulate,
                   "Only the statistics, in so many made-up runs whose truth is known")
      ->check(CLI::Range(1, 10'000'000));
  command->add_option("--json", o->json_file, "Write what every run found");
  o->add_to(*command);
  command->footer(
      "Examples:\n"
      "  contend selftest-gate --workloads cpu/hash,io/pipes --models coroutines --runs 100 "
      "--slowdown 'cpu/hash:5%' --slowdown 'io/pipes:10%' --slow-runs 40\n"
      "  contend selftest-gate --simulate 5000\n"
      "Exit status: 0 the figures agree with at most 1 % false alarms and at least 95 % caught, 2 "
      "they contradict it, 1 error, 130 interrupted: what was finished is counted and printed.");
  command->callback([o] { run(*o); });
}

}  // namespace command
