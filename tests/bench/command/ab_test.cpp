// `contend ab` and `contend selftest-gate` as a user meets them, with the sound models of
// tests/bad/bad.cpp: `slow` takes 0.1 s for a run and hardly varies.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "bench/base/sanitizer.hpp"
#include "tests/shared/command_line.hpp"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using tests::shell;

// The build of the broken models against itself.
std::string ab(const tests::scratch& folder, const std::string& more) {
  return tests::contend + " ab " + tests::bad_binaries + " " + tests::bad_binaries +
         " --profile smallest --out " + (folder / "out").string() + " " + more;
}

void expect_complaint(const std::string& line, const std::string& text, int status = 1) {
  const auto f = shell(line);
  EXPECT_EQ(f.status, status) << f.output;
  EXPECT_THAT(f.output, HasSubstr(text));
  if (status == 1) {
    EXPECT_EQ(std::ranges::count(f.output, '\n'), 1) << f.output;
  }
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(contend_ab, finds_names_and_draws_a_slowdown_and_takes_a_second_look) {
  const tests::scratch folder;
  const auto f =
      shell(ab(folder,
               "--models slow --pairs 6 --seed 3 --quiet --text - --head-set "
               "'slowdown=bad/count/slow:60%' --json " +
                   (folder / "c.json").string() + " --svg " + (folder / "c.svg").string() +
                   " --markdown " + (folder / "c.md").string()));
  EXPECT_EQ(f.status, 2) << f.output;
  EXPECT_THAT(f.output, AllOf(HasSubstr("SLOWED DOWN ON PURPOSE (slowdown=bad/count/slow:60%)"),
                              HasSubstr("seen twice"), HasSubstr("seed 3")));
  const auto found = tests::read_json(folder / "c.json");
  EXPECT_EQ(found.at("rows")[0].at("name"), "bad/count/slow/tasks:10/workers:2");
  EXPECT_EQ(found.at("rows")[0].at("verdict"), "regressed");
  EXPECT_NEAR(found.at("rows")[0].at("ratio").get<double>(), 1.6, 0.1);
  EXPECT_THAT(contents(folder / "c.svg"), AllOf(HasSubstr("</svg>"), HasSubstr("class=\"worse\"")));
  EXPECT_THAT(contents(folder / "c.md"), HasSubstr("seen twice"));
  for (const char* name : {"base.json", "head.json", "base-again.json", "head-again.json"}) {
    const auto kept = tests::read_json(folder / "out" / name);
    EXPECT_EQ(kept.at("benchmarks").size(), 6u) << name;
    EXPECT_TRUE(kept.at("context").at("complete"));
  }
  const auto slowed = tests::read_json(folder / "out" / "head.json").at("benchmarks")[0];
  EXPECT_EQ(slowed.at("slowdown_on_purpose_percent"), 60);

  // The two files are a comparison of their own, of pairs, but for the setting.
  const auto pair =
      (folder / "out" / "base.json").string() + " " + (folder / "out" / "head.json").string();
  expect_complaint(tests::contend + " compare " + pair, "set.slowdown: nothing in BASE", 3);
  EXPECT_THAT(shell(tests::contend + " compare --force " + pair).output, HasSubstr("paired"));
}

TEST(contend_ab, a_build_against_itself_did_not_regress) {
  const tests::scratch folder;
  const auto f = shell(ab(folder, "--models slow --pairs 6 --quiet"));
  EXPECT_THAT(f.status, testing::AnyOf(0, 3)) << f.output;
  EXPECT_THAT(f.output, AllOf(HasSubstr("0 regressed"), HasSubstr("the same build")));
  EXPECT_FALSE(std::filesystem::exists(folder / "out" / "base-again.json"));
}

TEST(contend_ab, what_is_invalid_cannot_be_judged) {
  const tests::scratch folder;
  const auto f = shell(ab(folder, "--models answers_wrong,sound --pairs 4 --quiet"));
  EXPECT_EQ(f.status, 3) << f.output;
  EXPECT_THAT(f.output, HasSubstr("invalid in"));
  EXPECT_EQ(tests::read_json(folder / "out" / "base.json").at("benchmarks").size() +
                tests::read_json(folder / "out" / "head.json").at("benchmarks").size(),
            4u * 2 + 2);  // what was invalid once is not tried again
}

TEST(contend_ab, takes_as_many_pairs_as_the_budget_holds) {
  const tests::scratch folder;
  const auto f = shell(ab(folder, "--models slow --pairs 1000 --budget 5s --quiet"));
  EXPECT_THAT(f.output, HasSubstr("1000 pairs were wanted, the budget of 5 s held these"));
  const auto rows = tests::read_json(folder / "out" / "base.json").at("benchmarks").size();
  EXPECT_GE(rows, 2u);
  EXPECT_LT(rows, 20u);
}

// A binary that stalls for three seconds, once in its life. Half of the first block's time in the
// budget would be four pairs.
TEST(contend_ab, a_stall_at_the_beginning_does_not_cut_a_run_short) {
  const tests::scratch folder;
  const auto stalling = folder / "stalling";
  std::filesystem::create_directories(stalling);
  std::ofstream{stalling / "bench_bad"}
      << "#!/bin/sh\ncase \"$*\" in *--list*) ;; *) mkdir " << (folder / "stalled").string()
      << " 2>/dev/null && sleep 3 ;; esac\nexec " << tests::bad_binaries << "/bench_bad \"$@\"\n";
  std::filesystem::permissions(stalling / "bench_bad", std::filesystem::perms::owner_all);
  const auto f = shell(tests::contend + " ab " + tests::bad_binaries + " " + stalling.string() +
                       " --profile smallest --models sound --pairs 12 --budget 12s --quiet --out " +
                       (folder / "out").string());
  EXPECT_TRUE(std::filesystem::exists(folder / "stalled"));
  EXPECT_THAT(f.output, HasSubstr("12 pairs of 1 cell"));
  EXPECT_EQ(tests::read_json(folder / "out" / "base.json").at("benchmarks").size(), 12u);
}

TEST(contend_ab, observes_a_few_pairs_and_judges_memory_and_allocations_by_them) {
  if (bench::sanitized) GTEST_SKIP() << "a sanitizer has an operator new of its own";
  const tests::scratch folder;
  const auto f =
      shell(ab(folder, "--models sound --pairs 12 --quiet --json " + (folder / "c.json").string()));
  std::size_t observed = 0;
  const auto rows = tests::read_json(folder / "out" / "head.json").at("benchmarks");
  for (const auto& row : rows) observed += row.contains("allocations_per_task");
  EXPECT_EQ(rows.size(), 12u);
  EXPECT_GT(observed, 4u);
  EXPECT_LT(observed, 12u);
  std::vector<std::string> judged;
  const auto found = tests::read_json(folder / "c.json");
  for (const auto& row : found.at("rows")) {
    judged.push_back(row.at("field"));
    if (row.at("field") == "allocations_per_task") {
      EXPECT_EQ(row.at("verdict"), "unchanged") << row;
    }
  }
  EXPECT_THAT(judged, testing::UnorderedElementsAre("time_ns", "cpu_ns_per_task", "peak_bytes",
                                                    "allocations_per_task"));
}

TEST(contend_ab, keeps_what_is_done_when_interrupted) {
  const tests::scratch folder;
  const auto log = (folder / "log").string();
  const auto started =
      shell(ab(folder, "--models slow --pairs 500") + " >" + log + " 2>&1 & echo $!");
  const pid_t pid = std::stoi(started.output);
  const auto out = folder / "out" / "head.json";
  for (int i = 0; i < 600 && !std::filesystem::exists(out); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  ::kill(pid, SIGINT);
  for (int i = 0; i < 600 && ::kill(pid, 0) == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  EXPECT_THAT(contents(log), HasSubstr("interrupted: nothing is judged"));
  EXPECT_FALSE(tests::read_json(out).at("context").at("complete"));
  EXPECT_GT(tests::read_json(out).at("benchmarks").size(), 0u);
}

TEST(contend_ab, complains_in_one_line) {
  const tests::scratch folder;
  const auto line = [&](const std::string& more) { return ab(folder, more); };
  expect_complaint(tests::contend + " ab /nowhere HEAD", "is neither a folder nor a revision");
  expect_complaint(tests::contend + " ab / HEAD", "no benchmark binary");
  expect_complaint(line("--models slow --threshold 3"), "write it as 3% or 2.5%");
  expect_complaint(line("--models slow --thresholds /nowhere"), "cannot be opened");
  expect_complaint(line("--models slow --budget soon"), "wants a time");
  expect_complaint(line("--models slw"), "did you mean slow?");
  expect_complaint(line("--models floor"), "no cell in common");
  expect_complaint(line("--models slow --head-set slowdown=x"), "wants cells and a share");
  expect_complaint(
      tests::contend + " ab " + tests::bad_binaries + " " + tests::bad_binaries + " --profile fast",
      "wants one of smallest");
}

// A binary that says of itself that it was built otherwise.
std::filesystem::path other_build(const tests::scratch& folder, const std::string& edit) {
  const auto other = folder / "other";
  std::filesystem::create_directories(other);
  std::ofstream{other / "bench_bad"} << "#!/bin/sh\ncase \"$*\" in *--list*) "
                                     << tests::bad_binaries << "/bench_bad \"$@\" | sed '" << edit
                                     << "' ;; *) exec " << tests::bad_binaries
                                     << "/bench_bad \"$@\" ;; esac\n";
  std::filesystem::permissions(other / "bench_bad", std::filesystem::perms::owner_all);
  return other;
}

TEST(contend_ab, refuses_another_compiler_and_names_it) {
  const tests::scratch folder;
  const auto other =
      other_build(folder, "s/\"compiler_version\":\"[^\"]*\"/\"compiler_version\":\"99.1\"/");
  const auto line = tests::contend + " ab " + tests::bad_binaries + " " + other.string() +
                    " --profile smallest --models sound --pairs 2 --quiet --out " +
                    (folder / "out").string();
  const auto f = shell(line);
  EXPECT_EQ(f.status, 3) << f.output;
  EXPECT_THAT(f.output, AllOf(HasSubstr("compiler_version: "), HasSubstr("99.1 in HEAD")));
  EXPECT_FALSE(std::filesystem::exists(folder / "out" / "base.json"));
  EXPECT_THAT(shell(line + " --force").output, HasSubstr("FORCED"));
}

TEST(contend_ab, a_setting_that_only_one_build_knows_is_said_and_allowed) {
  const tests::scratch folder;
  const auto other = other_build(folder, "s/\"key\":\"spin\"/\"key\":\"twirl\"/");
  const auto f = shell(tests::contend + " ab " + other.string() + " " + tests::bad_binaries +
                       " --profile smallest --models sound --pairs 2 --quiet --out " +
                       (folder / "out").string());
  EXPECT_THAT(f.output, HasSubstr("they differ in set.spin: nothing in BASE, 500 in HEAD"));
}

// A repository whose two revisions "build" the binary of the broken models.
TEST(contend_ab, builds_revisions_in_worktrees_once_and_leaves_none_behind) {
  const tests::scratch folder;
  const auto repository = folder / "repository";
  std::filesystem::create_directories(repository);
  std::ofstream{repository / "CMakeLists.txt"}
      << "cmake_minimum_required(VERSION 3.20)\nproject(p NONE)\n"
         "add_custom_target(bench_bad COMMAND ${CMAKE_COMMAND} -E copy "
      << tests::bad_binaries << "/bench_bad ${CMAKE_BINARY_DIR}/bench_bad)\n";
  const auto here = "cd " + repository.string() + " && ";
  const auto git = here + "git -c user.name=n -c user.email=e@e.invalid ";
  ASSERT_EQ(shell(here + "git init -q -b main . && " + git.substr(here.size()) +
                  "commit -q --allow-empty -m one && git add . && " + git.substr(here.size()) +
                  "commit -q -m two && " + git.substr(here.size()) +
                  "commit -q --allow-empty -m three && cmake -G Ninja -B ../like . >/dev/null")
                .status,
            0);
  const auto line = here + tests::contend +
                    " ab HEAD~1 main --profile smallest --models sound --pairs 2 --like ../like "
                    "--cache ../cache --out ../out ";
  const auto first = shell(line), second = shell(line);
  EXPECT_THAT(first.output, AllOf(HasSubstr("building HEAD~1 ("), HasSubstr("building main (")));
  EXPECT_THAT(first.output, HasSubstr("2 pairs of 1 cell"));
  EXPECT_THAT(second.output, Not(HasSubstr("building")));
  EXPECT_THAT(second.output, HasSubstr("HEAD  main ("));
  EXPECT_THAT(shell(here + "git worktree list | wc -l").output, HasSubstr("1"));
  expect_complaint(here + tests::contend + " ab HEAD~2 main --like ../like --cache ../cache -q",
                   "HEAD~2 (");
  expect_complaint(here + tests::contend + " ab HEAD~1 main --like /nowhere -q",
                   "--like wants a build folder");
}

TEST(contend_selftest_gate, says_what_it_has_when_interrupted) {
  const tests::scratch folder;
  const auto log = (folder / "log").string(), json = (folder / "runs.json").string();
  const auto started =
      shell(tests::contend + " selftest-gate " + tests::bad_binaries +
            " --profile smallest --models sound --runs 1000 --pairs 2 --out " +
            (folder / "out").string() + " --json " + json + " >" + log + " 2>&1 & echo $!");
  const pid_t pid = std::stoi(started.output);
  for (int i = 0; i < 600 && !std::filesystem::exists(json); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  ::kill(pid, SIGINT);
  for (int i = 0; i < 600 && ::kill(pid, 0) == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  const auto runs = tests::read_json(json).size();
  EXPECT_THAT(contents(log), AllOf(HasSubstr("The same build twice, stopped after " +
                                             std::to_string(runs) + " of 1000 runs"),
                                   HasSubstr("false alarms    0 of " + std::to_string(runs) + " ("),
                                   HasSubstr("interval 0.0 to ")));
}

TEST(contend_selftest_gate, counts_alarms_and_what_is_caught) {
  const tests::scratch folder;
  const auto f = shell(tests::contend + " selftest-gate " + tests::bad_binaries +
                       " --profile smallest --models slow --runs 1 --pairs 6 --slowdown "
                       "'bad/count:60%' --quiet --seed 5 --out " +
                       (folder / "out").string() + " --json " + (folder / "runs.json").string());
  EXPECT_EQ(f.status, 0) << f.output;
  EXPECT_THAT(f.output, HasSubstr("false alarms    0 of 1 (0.0 %, interval 0.0 to 97.5 %)"));
  EXPECT_THAT(f.output, HasSubstr("caught, named   1 of 1 (100.0 %, interval 2.5 to 100.0 %)"));
  EXPECT_THAT(f.output, HasSubstr("by its time     1 of 1"));
  const auto runs = tests::read_json(folder / "runs.json");
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[1].at("exit_status"), 2);
  expect_complaint(tests::contend + " selftest-gate " + tests::bad_binaries +
                       " --models slow --quiet --slowdown cpu/hash:5%",
                   "fits none of the selected cells");
}

}  // namespace
