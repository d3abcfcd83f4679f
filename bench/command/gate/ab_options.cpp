#include "bench/command/gate/ab_options.hpp"

#include <CLI/CLI.hpp>
#include <random>

#include "bench/command/common/duration.hpp"
#include "bench/command/common/profiles.hpp"

namespace command {

void ab_options::add_to(CLI::App& command) {
  seed = std::random_device{}() % 1'000'000'000;
  command.add_option("--threshold", threshold, "From which change on it matters")
      ->capture_default_str();
  command.add_option("--thresholds", thresholds,
                     "A file of lines \"GLOB [FIELD] PERCENT\", the last that fits holds");
  command.add_option("--budget", budget, "Time that measuring may take, the second look included")
      ->capture_default_str();
  command
      .add_option("--pairs", pairs,
                  "Pairs of each cell at most, and of each that looks changed again")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  command
      .add_option("--profile,-p", wanted.profile,
                  "Sizes of the workloads: smallest, quick, standard or thorough")
      ->capture_default_str();
  command.add_option("--min-time", min_time, "Of timing in a sample (default: by profile)");
  command.add_option("--models,-m", wanted.models, "Models, a,b or all; floor is one of them")
      ->delimiter(',');
  command
      .add_option("--workloads,-w", wanted.workloads, "Workloads as globs: 'cpu/*,primitives/ring'")
      ->delimiter(',');
  command.add_option("--workers", wanted.workers, "Contexts that execute on a CPU: 1,2,4")
      ->delimiter(',')
      ->capture_default_str();
  command
      .add_option("--set", wanted.sets, "A setting of both, key=value; `contend list` names them")
      ->allow_extra_args(false);
  command.add_option("--seed", seed, "Of the order of the samples (default: random)");
  command.add_option("--timeout", timeout_s, "Seconds after which a sample has hung")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 86'400.0));
  command.add_option("--out,-o", out, "Folder of the results")->capture_default_str();
  command.add_flag("--quiet,-q", quiet, "No progress");
}

double ab_options::min_time_s() const {
  const auto& profile = plan_of(wanted.profile);
  return min_time.empty() ? profile.min_time_s : parse_duration("--min-time", min_time);
}

gate_settings ab_options::settings() const {
  gate_settings s{.pairs = pairs,
                  .budget_s = parse_duration("--budget", budget),
                  .min_time_s = min_time_s(),
                  .timeout_s = timeout_s,
                  .seed = seed,
                  .limits = {},
                  .quiet = quiet,
                  .out = out,
                  .command = {}};
  try {
    s.limits.otherwise = reports::parse_percent(threshold);
  } catch (const std::invalid_argument& e) {
    throw usage_error{std::string{"--threshold: "} + e.what()};
  }
  if (!thresholds.empty()) s.limits.overrides = reports::read_overrides(thresholds);
  return s;
}

}  // namespace command
