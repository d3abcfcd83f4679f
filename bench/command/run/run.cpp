#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <csignal>
#include <memory>
#include <optional>
#include <random>
#include <set>

#include "bench/command/common/commands.hpp"
#include "bench/command/common/duration.hpp"
#include "bench/command/common/machine.hpp"
#include "bench/command/common/profiles.hpp"
#include "bench/command/run/agenda.hpp"
#include "bench/command/run/resume.hpp"
#include "bench/command/sample/plan.hpp"
#include "bench/command/sample/progress.hpp"
#include "bench/command/sample/result_file.hpp"
#include "bench/command/sample/run_context.hpp"
#include "bench/command/sample/sample.hpp"
#include "bench/measure/clock.hpp"
#include "reports/base/words.hpp"
#include "reports/command/commands.hpp"
#include "reports/judge/noise.hpp"
#include "reports/render/table.hpp"

namespace command {
namespace {

using json = nlohmann::ordered_json;

struct run_options {
  run_settings settings;
  std::string bin_dir, budget;
  bool resume = false, quiet = false;
};

std::uint64_t random_seed() {
  std::random_device device;
  return device() % 1'000'000'000;  // short enough to be typed
}

struct tally {
  std::set<std::string> invalid;
  bool interrupted = false;
  std::string given_up;  // the cell whose sample outlived the budget
};

// Says it once and early where a budget does not suffice.
class forewarning {
 public:
  void look(const class agenda& agenda, const amount& wanted, progress& bar) {
    if (said_ || !agenda.budgeted() || agenda.seconds_spent() < wanted.budget_s / 20) return;
    const auto needed_s = agenda.needed_s();
    if (!needed_s) return;
    said_ = true;
    if (*needed_s > wanted.budget_s)
      bar.say(
          fmt::format("{} of each cell take about {}: the budget of {} ends before. Fewer --models "
                      "or --workloads, another --profile or a longer --budget give all they need; "
                      "--resume adds what will lack",
                      reports::counted(static_cast<std::size_t>(wanted.samples), "sample"),
                      shown_duration(*needed_s), shown_duration(wanted.budget_s)));
  }

 private:
  bool said_ = false;
};

// The loop: everything on the agenda that is not there yet.
tally measure(const catalogue& all, class agenda& agenda, const amount& wanted, const sampling& how,
              const finished_samples& done, result_file& results, interrupts& interrupts,
              progress& bar) {
  tally t;
  auto timed = how;
  timed.tick = [&] { bar.draw(); };
  forewarning warning;
  while (const auto next = agenda.next()) {
    const auto start_ns = bench::now_ns();
    const auto& name = all.cells[next->cell].name;
    if (const auto* old = done.find(name, *next)) {
      agenda.done(*next, *old);
      bar.skip(*next);
      continue;
    }
    if (t.interrupted |= interrupts.arrived()) break;
    bar.begin(*next, name);
    if (agenda.budgeted()) timed.bound_s = agenda.bound_s(next->cell);
    auto s = take_sample(all, *next, timed, interrupts);
    if (t.interrupted |= s.interrupted) break;
    if (s.given_up) {
      t.given_up = name;
      break;
    }
    if (s.invalid && t.invalid.insert(name).second)
      bar.say(fmt::format("{}: {}", name, s.row.at("error_message").get<std::string>()));
    add_binary_context(results.context, s.context);
    s.row["sample_s"] = s.seconds;
    if (s.observing_s > 0) s.row["observing_s"] = s.observing_s;
    results.add(s.row, next->again);
    try {
      results.write_if_due();
    } catch (const std::runtime_error& e) {
      throw std::runtime_error{
          fmt::format("{}; what was finished a second ago is kept there, go on with: contend run "
                      "--resume --out {}",
                      e.what(), results.path().string())};
    }
    auto result = taken_of(s.row);
    result.seconds = 1e-9 * static_cast<double>(bench::now_ns() - start_ns) - s.observing_s;
    agenda.done(*next, result);
    if (agenda.budgeted()) bar.time_left(agenda.seconds_left());
    bar.end(*next, s.seconds, s.invalid);
    warning.look(agenda, wanted, bar);
  }
  return t;
}

// What a budget did not suffice for, and how to go on.
void say_what_lacks(const shortage& lacks, const tally& t, const amount& wanted,
                    const std::string& path) {
  if (!t.given_up.empty())
    fmt::print(stderr, "{}: its sample outlived the budget, and is not in the file\n", t.given_up);
  if (!lacks.any()) return;
  std::string what;
  if (lacks.unmeasured > 0)
    what = fmt::format("{} not measured", reports::counted(lacks.unmeasured, "cell"));
  if (lacks.short_of_samples > 0)
    what += fmt::format("{}{} with fewer than {} samples", what.empty() ? "" : ", ",
                        reports::counted(lacks.short_of_samples, "cell"), wanted.samples);
  fmt::print(stderr,
             "out of time: {}; to finish: contend run --resume --out {} (with --budget 5m: "
             "as far as five minutes more reach)\n",
             what, path);
}

// What the file holds, in numbers and as a table.
int conclude(const result_file& results, const tally& t, const class agenda& agenda,
             const amount& wanted, bool quiet) {
  const auto path = results.path().string();
  if (t.interrupted) {
    if (results.rows() == 0)
      fmt::print(stderr, "interrupted: no sample was finished\n");
    else
      fmt::print(stderr,
                 "interrupted: {} samples are kept in {}; go on with: "
                 "contend run --resume --out {}\n",
                 results.rows(), path, path);
    return 130;
  }
  if (results.rows() == 0) {
    fmt::print(stderr, "out of time: no sample was finished within {}\n",
               shown_duration(wanted.budget_s));
    return 1;
  }
  const auto read = reports::read_results(path);
  std::set<std::string> invalid;
  std::size_t disturbed = 0;
  for (const auto& row : read.rows) {
    if (row.error) invalid.insert(row.name);
    if (row.disturbed) ++disturbed;
  }
  if (!quiet) {
    fmt::print("{}", reports::text_table(read, reports::terminal_options(STDOUT_FILENO)));
    for (const auto& each : reports::noise_in(read.context.json))
      fmt::print("Noise: {}.\n", reports::to_string(each));
    if (agenda.budgeted())
      fmt::print("{} of {} groups are precise to {:g} %.\n", agenda.precise_groups(),
                 agenda.groups(), 100 * agenda.precision());
    fmt::print("\n{} samples in {}", read.rows.size(), path);
    if (disturbed > 0) fmt::print(", {} of them disturbed", disturbed);
    if (!invalid.empty()) fmt::print("; {} cells are invalid", invalid.size());
    fmt::print("\n");
  }
  say_what_lacks(agenda.lacks(), t, wanted, path);
  return invalid.empty() ? 0 : 2;
}

// "2%" as "0.02".
std::string precision_of(const std::string& text) {
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc{} || std::string_view{end} != "%" || !(percent > 0) || percent > 100)
    throw usage_error{fmt::format("--precision {}: wants a share up to 100%, as in 2%", text)};
  return fmt::format("{}", percent / 100);
}

void run(run_options o) {
  json old;
  if (o.resume) {
    const auto out = o.settings.out;
    old = read_run(out);
    o.settings = run_settings_of(old["context"]["run"]);
    o.settings.out = out;
  } else {
    o.settings.wanted.folder =
        o.bin_dir.empty() ? own_folder() : std::filesystem::absolute(o.bin_dir);
  }
  auto& s = o.settings;
  const double more_s = o.budget.empty() ? 0 : parse_duration("--budget", o.budget);
  if (!o.resume || more_s > 0) s.budget_s = more_s;
  const auto& profile = plan_of(s.wanted.profile);
  if (s.samples == 0) s.samples = profile.samples;

  ::signal(SIGPIPE, SIG_IGN);  // a reader of our progress that goes away must not end the run
  interrupts interrupts;
  auto all = read_catalogue(s.wanted, interrupts);
  result_file results{s.out};
  results.context = context_of(s, all, profile.min_time_s);
  std::erase_if(all.cells, [](const cell& c) { return !c.absent.empty(); });
  if (all.cells.empty()) throw usage_error{"no cell is left to run; `contend list` says why"};
  calibration length{profile.min_time_s};
  finished_samples done;
  if (o.resume) {
    done = take_over(old, results, results.context, length);
    // A budget that was used up was for then; what lacks still is wanted all the same.
    if (more_s > 0)
      s.budget_s = done.seconds() + more_s;
    else if (results.context.value("out_of_time", false))
      s.budget_s = 0;
    results.context["run"] = to_json(s);
  }
  const amount wanted{s.samples, s.budget_s, s.precision};
  class agenda agenda {
    all.cells, wanted, s.seed
  };
  results.reserve((all.cells.size() + agenda.pairs().size()) * static_cast<std::size_t>(s.samples));

  tally t;
  {
    auto certain = make_plan(all.cells.size(), s.samples, s.seed);
    for (const auto cell : agenda.pairs())
      certain.insert(certain.end(), static_cast<std::size_t>(s.samples), planned{cell, 0, true});
    progress bar{certain, all.cells.size(), o.quiet};
    if (!o.quiet) {
      bar.say(
          fmt::format("{} cells x {} samples{}, profile {}, seed {}", all.cells.size(), s.samples,
                      agenda.budgeted() ? " and more, within " + shown_duration(s.budget_s) : "",
                      s.wanted.profile, s.seed));
      for (const auto& each : results.context.at("doctor"))
        if (!o.resume && each.at("level") == "warning")
          bar.say(fmt::format("{}: {}; {}", each.at("check").get<std::string>(),
                              each.at("found").get<std::string>(),
                              each.at("effect").get<std::string>()));
    }
    const sampling how{.samples = s.samples,
                       .length = length,
                       .timeout_s = s.timeout_s,
                       .keep_warm_up = s.keep_warm_up,
                       .observed_blocks = profile.observed_blocks};
    t = measure(all, agenda, wanted, how, done, results, interrupts, bar);
  }
  const bool lacks = agenda.lacks().any();
  results.context["complete"] = !t.interrupted && !lacks;
  results.context["out_of_time"] = !t.interrupted && lacks;
  results.context["finished"] = utc_now();
  if (results.rows() > 0) {
    results.context["noise"] =
        reports::to_json(reports::noise_of(results.text(), results.path().string()));
    results.write();
  }
  throw reports::exit_status{conclude(results, t, agenda, wanted, o.quiet)};
}

}  // namespace

void add_run(CLI::App& app) {
  auto o = std::make_shared<run_options>();
  auto& s = o->settings;
  s.seed = random_seed();
  auto* run_command = app.add_subcommand(
      "run", "Measure: every sample in a fresh process, in random order; every answer is checked");
  auto* out = run_command->add_option("--out,-o", s.out, "Where the results go (JSON)");
  out->capture_default_str();
  auto* resume =
      run_command->add_flag("--resume", o->resume,
                            "Finish the run that --out holds, with the settings it was begun with");
  const auto add = [&](auto* option) { option->excludes(resume); };
  add(run_command
          ->add_option(
              "--profile,-p", s.wanted.profile,
              "Sizes of the workloads: quick (5 samples of 8 ms at least), standard (10 of "
              "0.1 s), thorough (20 of 0.3 s), or smallest, for a look whether all works")
          ->capture_default_str());
  add(run_command
          ->add_option("--models,-m", s.wanted.models, "Models, a,b or all; floor is one of them")
          ->delimiter(','));
  add(run_command
          ->add_option("--workloads,-w", s.wanted.workloads,
                       "Workloads as globs: 'cpu/*,primitives/ring'")
          ->delimiter(','));
  add(run_command
          ->add_option("--workers", s.wanted.workers,
                       "Contexts that execute on a CPU, the same for every model: 1,2,4")
          ->delimiter(',')
          ->capture_default_str());
  add(run_command
          ->add_option("--set", s.wanted.sets, "A setting, key=value; `contend list` names them")
          ->allow_extra_args(false));
  add(run_command
          ->add_option("--samples,-n", s.samples, "Samples of each cell (default: by profile)")
          ->check(CLI::Range(1, 100'000)));
  run_command->add_option("--budget", o->budget,
                          "Time to measure in, as in 5m: after --samples of each, more of what "
                          "is not precise yet, and disturbed samples again; with --resume, "
                          "from then on");
  add(run_command
          ->add_option("--precision", s.precision,
                       "With --budget: half-width of a median's 95 % interval that is enough, "
                       "as in 2%")
          ->default_str("2%")
          ->transform(precision_of));
  add(run_command->add_option("--seed", s.seed, "Of the order of the samples (default: random)"));
  add(run_command->add_option("--timeout", s.timeout_s, "Seconds after which a sample has hung")
          ->capture_default_str()
          ->check(CLI::Range(0.1, 86'400.0)));
  add(run_command->add_option("--bin-dir", o->bin_dir,
                              "Where the bench_* binaries are (default: beside contend)"));
  add(run_command->add_flag(
      "--keep-warmup", s.keep_warm_up,
      "Keep the times of each sample's first runs, the untimed ones included"));
  run_command->add_flag("--quiet,-q", o->quiet, "No progress and no table; errors only");
  run_command->footer(
      "Examples:\n"
      "  contend run\n"
      "  contend run --workloads 'cpu/*' --models serial,coroutines,tbb --workers 1,2\n"
      "  contend run --profile thorough --workloads cpu/skynet --set memory=fresh -o fresh.json\n"
      "  contend run --resume --out fresh.json\n"
      "Exit status: 0 all valid, 1 usage or tool error, 2 an invalid cell, 130 interrupted.");
  run_command->callback([o] { run(*o); });
}

}  // namespace command
