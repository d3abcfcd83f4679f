#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <memory>

#include "bench/command/common/commands.hpp"
#include "bench/command/gate/ab_options.hpp"
#include "bench/command/gate/revision_build.hpp"
#include "reports/command/commands.hpp"
#include "reports/render/comparison_files.hpp"

namespace command {
namespace {

struct ab_arguments : ab_options {
  std::string base, head, like, cache;
  std::vector<std::string> base_sets, head_sets;
  bool force = false;
  reports::comparison_files files;
};

selection with(selection wanted, const std::vector<std::string>& sets,
               const std::filesystem::path& folder) {
  wanted.sets.insert(wanted.sets.end(), sets.begin(), sets.end());
  wanted.folder = folder;
  return wanted;
}

std::vector<std::string> keys_of(const ab_arguments& o) {
  std::vector<std::string> out;
  for (const auto* sets : {&o.base_sets, &o.head_sets})
    for (const auto& text : *sets) out.push_back(text.substr(0, text.find('=')));
  return out;
}

std::vector<std::string> command_of(const ab_arguments& o) {
  std::vector<std::string> words{"contend", "ab", o.base, o.head};
  const auto add = [&](const char* option, const auto& values) {
    if (!values.empty())
      words.insert(words.end(), {option, fmt::format("{}", fmt::join(values, ","))});
  };
  add("--models", o.wanted.models);
  add("--workloads", o.wanted.workloads);
  add("--workers", o.wanted.workers);
  for (const auto& text : o.wanted.sets) words.insert(words.end(), {"--set", text});
  for (const auto& text : o.base_sets) words.insert(words.end(), {"--base-set", text});
  for (const auto& text : o.head_sets) words.insert(words.end(), {"--head-set", text});
  for (const auto& [option, value] : {std::pair{"--profile", o.wanted.profile},
                                      {"--min-time", o.min_time},
                                      {"--threshold", o.threshold},
                                      {"--thresholds", o.thresholds},
                                      {"--budget", o.budget},
                                      {"--pairs", std::to_string(o.pairs)},
                                      {"--seed", std::to_string(o.seed)},
                                      {"--timeout", fmt::format("{:g}", o.timeout_s)},
                                      {"--out", o.out}})
    if (!value.empty()) words.insert(words.end(), {option, value});
  return words;
}

void refuse(const std::vector<std::string>& facts) {
  fmt::print(stderr, "contend ab: these builds cannot be held against each other:\n");
  for (const auto& fact : facts) fmt::print(stderr, "  {}\n", fact);
  fmt::print(stderr, "Build both alike, or see the numbers all the same with --force.\n");
  throw reports::exit_status{3};
}

void run(const ab_arguments& o) {
  auto s = o.settings();
  s.command = command_of(o);
  ::signal(SIGPIPE, SIG_IGN);
  interrupts interrupts;
  const auto own = own_folder();
  const build_settings how{o.like.empty() ? own : std::filesystem::path{o.like},
                           o.cache.empty() ? own / "ab" : std::filesystem::path{o.cache},
                           o.wanted.workloads, o.quiet};
  const auto of_base = locate_build(o.base, how, interrupts),
             of_head = locate_build(o.head, how, interrupts);
  const auto base = make_contender(of_base.label, with(o.wanted, o.base_sets, of_base.folder),
                                   s.min_time_s, true, interrupts);
  const auto head = make_contender(of_head.label, with(o.wanted, o.head_sets, of_head.folder),
                                   s.min_time_s, false, interrupts);
  const auto differ = differences_of(base, head, keys_of(o));
  if (!differ.forbidding.empty() && !o.force) refuse(differ.forbidding);

  auto found = pass_through_gate(base, head, s, interrupts);
  if (found.interrupted) {
    fmt::print(
        stderr,
        "interrupted: nothing is judged; what was measured is in {0}, and judged by: contend "
        "compare {0}/base.json {0}/head.json\n",
        o.out);
    throw reports::exit_status{130};
  }
  auto& made = found.made;
  made.different = differ.forbidding;
  if (base.context.at("build") == head.context.at("build"))
    made.warnings.push_back("both are the same build, byte for byte");
  for (const auto& fact : differ.allowed) made.warnings.push_back("they differ in " + fact);
  made.notes.push_back(fmt::format("samples: {0}/base.json and {0}/head.json", o.out));
  o.files.write(made);
  if (found.status != 0) throw reports::exit_status{found.status};
}

}  // namespace

void add_ab(CLI::App& app) {
  auto o = std::make_shared<ab_arguments>();
  o->budget = "10m";
  o->out = "results/ab";
  auto* command = app.add_subcommand(
      "ab",
      "What a change made slower: two builds or git revisions, measured in interleaved pairs");
  command->add_option("BASE", o->base, "A build folder or a git revision: before")->required();
  command->add_option("HEAD", o->head, "The same: after")->required();
  o->add_to(*command);
  command->add_option("--base-set", o->base_sets, "A setting of BASE alone, on purpose")
      ->allow_extra_args(false);
  command->add_option("--head-set", o->head_sets, "A setting of HEAD alone, on purpose")
      ->allow_extra_args(false);
  command->add_option("--like", o->like,
                      "Build folder whose compiler, flags and CMake settings revisions are built "
                      "with (default: beside contend)");
  command->add_option("--cache", o->cache,
                      "Folder where builds of revisions are kept (default: ab, beside contend)");
  command->add_flag("--force", o->force,
                    "Go on in spite of different toolchains or settings, and say so");
  o->files.add_to(*command);
  command->footer(
      "Examples:\n"
      "  contend ab main HEAD\n"
      "  contend ab build-old build --workloads 'cpu/*' --models coroutines --budget 5m\n"
      "  contend ab HEAD~1 HEAD --threshold 2% --markdown comment.md --svg changed.svg\n"
      "  contend ab build build --head-set memory=fresh\n"
      "Exit status: 0 nothing regressed, 2 a confirmed regression, 3 cannot judge, 1 error, 130 "
      "interrupted.");
  command->callback([o] { run(*o); });
}

}  // namespace command
