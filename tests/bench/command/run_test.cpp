// `contend run` and `contend list` as a user meets them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/shared/command_line.hpp"

namespace {

using testing::HasSubstr;
using tests::shell;

// A run of the sound models in tests/bad/bad.cpp; `slow` takes 0.1 s and more for each sample.
std::string run_line(const std::filesystem::path& out, const std::string& more) {
  return tests::contend + " run --profile smallest --bin-dir " + tests::bad_binaries + " --out " +
         out.string() + " " + more;
}

std::vector<std::string> names(const nlohmann::json& results) {
  std::vector<std::string> all;
  for (const auto& row : results.at("benchmarks")) all.push_back(row.at("name"));
  return all;
}

// What a command complains about: one line, status 1.
void expect_complaint(const std::string& arguments, const std::string& text) {
  const auto f = shell(tests::contend + " " + arguments);
  EXPECT_EQ(f.status, 1) << f.output;
  EXPECT_THAT(f.output, HasSubstr(text));
  EXPECT_EQ(std::ranges::count(f.output, '\n'), 1) << f.output;
}

// Starts a long run, waits until some samples are in the file, and does `then` with its pid.
void with_long_run(const std::filesystem::path& out, const auto& then) {
  const auto log = out.string() + ".log";
  const auto started =
      shell("CONTEND_MARK=run-" + std::to_string(::getpid()) + " " +
            run_line(out, "--models slow --samples 500 --seed 3") + " >" + log + " 2>&1 & echo $!");
  const pid_t pid = std::stoi(started.output);
  for (int i = 0; i < 600 && !std::filesystem::exists(out); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  ASSERT_TRUE(std::filesystem::exists(out));
  then(pid, log);
}

void wait_for_end(pid_t pid) {
  for (int i = 0; i < 600 && ::kill(pid, 0) == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(contend_run, measures_every_sample_of_every_cell_in_blocks) {
  const tests::scratch folder;
  const auto out = folder / "new" / "results.json";
  const auto f = shell(run_line(out, "--models sound,slow --samples 3 --workers 1,2 --seed 5"));
  ASSERT_EQ(f.status, 0) << f.output;
  const auto results = tests::read_json(out);
  const auto& context = results.at("context");
  EXPECT_TRUE(context.at("complete"));
  EXPECT_EQ(context.at("seed"), 5);
  EXPECT_EQ(context.at("contend_schema"), 1);
  EXPECT_EQ(context.at("fingerprint").at("hash").get<std::string>().size(), 16U);
  EXPECT_TRUE(context.at("machine").contains("cpu_model"));
  EXPECT_TRUE(context.at("toolchain").contains("compiler"));
  ASSERT_EQ(results.at("benchmarks").size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) {
    const auto& row = results.at("benchmarks")[i];
    EXPECT_EQ(row.at("block"), i / 4);
    EXPECT_EQ(row.at("sample"), i / 4);
    EXPECT_EQ(row.at("params").at("tasks"), 10);
    EXPECT_EQ(row.at("workload"), "bad/count");
    EXPECT_GT(row.at("real_time"), 0);
    EXPECT_THAT(row.at("name").get<std::string>(), testing::Not(HasSubstr("manual_time")));
  }
  const auto all = names(results);
  EXPECT_EQ(std::set(all.begin(), all.begin() + 4), std::set(all.begin() + 4, all.begin() + 8));
}

TEST(contend_run, has_the_same_order_for_the_same_seed) {
  const tests::scratch folder;
  const auto models = "--models sound,slow,throws,aborts,exits --samples 2 --quiet --seed ";
  std::vector<std::vector<std::string>> orders;
  for (const char* seed : {"5", "5", "6"}) {
    shell(run_line(folder / "r.json", std::string{models} + seed));
    orders.push_back(names(tests::read_json(folder / "r.json")));
  }
  EXPECT_EQ(orders[0], orders[1]);
  EXPECT_NE(orders[0], orders[2]);
}

TEST(contend_run, does_again_what_its_file_says) {
  const tests::scratch folder;
  shell(run_line(folder / "a.json", "--models sound --workers 2,1 --samples 2 --quiet"));
  const auto first = tests::read_json(folder / "a.json");
  std::string line;
  for (const auto& word : first.at("context").at("command"))
    line += (line.empty() ? tests::contend : " '" + word.get<std::string>() + "'");
  std::filesystem::remove(folder / "a.json");
  ASSERT_EQ(shell(line).status, 0) << line;
  EXPECT_EQ(names(tests::read_json(folder / "a.json")), names(first));
}

TEST(contend_run, keeps_what_is_finished_when_interrupted_and_goes_on) {
  const tests::scratch folder;
  const auto out = folder / "results.json";
  with_long_run(out, [&](pid_t pid, const std::string& log) {
    ::kill(pid, SIGINT);
    wait_for_end(pid);
    EXPECT_THAT(contents(log), HasSubstr("contend run --resume --out " + out.string()));
  });
  auto results = tests::read_json(out);
  EXPECT_FALSE(results.at("context").at("complete"));
  const auto kept = results.at("benchmarks");
  ASSERT_GT(kept.size(), 0U);

  // With fewer samples to go, so that it does not take long.
  results["context"]["run"]["samples"] = kept.size() + 2;
  std::ofstream{out} << results;
  const auto f = shell(tests::contend + " run --resume --out " + out.string());
  ASSERT_EQ(f.status, 0) << f.output;
  const auto finished = tests::read_json(out);
  EXPECT_TRUE(finished.at("context").at("complete"));
  ASSERT_EQ(finished.at("benchmarks").size(), kept.size() + 2);
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(finished.at("benchmarks")[i], kept[i]);
}

TEST(contend_run, leaves_a_valid_file_and_no_process_when_killed) {
  const tests::scratch folder;
  const auto out = folder / "results.json";
  with_long_run(out, [&](pid_t pid, const std::string&) {
    ::kill(pid, SIGKILL);
    wait_for_end(pid);
  });
  EXPECT_GT(tests::read_json(out).at("benchmarks").size(), 0U);
  const auto mark = "CONTEND_MARK=run-" + std::to_string(::getpid());
  for (int i = 0; i < 100 && !tests::marked_processes(mark).empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  EXPECT_TRUE(tests::marked_processes(mark).empty());
}

TEST(contend_run, resumes_only_on_the_same_machine_and_build) {
  const tests::scratch folder;
  const auto out = folder / "results.json";
  shell(run_line(out, "--models sound --samples 1 --quiet"));
  const auto good = tests::read_json(out);
  for (const char* key : {"fingerprint", "build"}) {
    auto other = good;
    other["context"][key] =
        key == std::string{"build"} ? nlohmann::json("other") : nlohmann::json{{"hash", "other"}};
    std::ofstream{out} << other;
    expect_complaint("run --resume --out " + out.string(), "cannot be resumed");
  }
}

TEST(contend_run, finds_out_beforehand_that_it_cannot_write) {
  expect_complaint(
      "run --bin-dir " + tests::bad_binaries + " --models sound --quiet --out /proc/x.json",
      "cannot be written");
  expect_complaint("run --bin-dir " + tests::bad_binaries + " --models sound --quiet --out /tmp",
                   "is a folder");
}

TEST(contend_run, says_which_name_was_meant) {
  const auto here = "run --bin-dir " + tests::bad_binaries + " ";
  expect_complaint("rnu", "rnu: no such command; did you mean run?");
  expect_complaint(here + "--modles x", "did you mean --models");
  expect_complaint(here + "--models sond", "no such model; did you mean sound?");
  expect_complaint(here + "--workloads bad/cuont", "no such workload; did you mean bad/count?");
  expect_complaint(here + "--set spn=1", "no such setting; did you mean spin?");
  expect_complaint(here + "--set spin=many", "wants a whole number from 0 to");
  expect_complaint(here + "--profile slow", "wants one of smallest, quick, standard, thorough");
  expect_complaint(here + "--workers 0", "wants a number from 1 to");
  expect_complaint(here + "--samples 0", "--samples");
  expect_complaint(here + "--resume --seed 1", "excludes");
  expect_complaint("run --bin-dir /nowhere", "/nowhere: No such file or directory");
  expect_complaint("run --bin-dir /", "no benchmark binary");
}

TEST(contend_list, tells_models_workloads_and_cells) {
  const auto f = shell(tests::contend + " list --json --bin-dir " + tests::bad_binaries);
  ASSERT_EQ(f.status, 0) << f.output;
  const auto listed = nlohmann::json::parse(f.output);
  EXPECT_EQ(listed.at("workloads")[0].at("name"), "bad/count");
  EXPECT_EQ(listed.at("cells").size() + 1, listed.at("models").size());  // no floor here
  const auto text = shell(tests::contend + " list --bin-dir " + tests::bad_binaries);
  EXPECT_THAT(text.output, HasSubstr("bad/count"));
}

TEST(contend_run, gives_up_a_sample_that_outlives_the_budget_and_does_not_call_it_hung) {
  const tests::scratch folder;
  const auto start = std::chrono::steady_clock::now();
  const auto f =
      shell(run_line(folder / "r.json", "--models sound,hangs --seed 3 --samples 3 --budget 2s"));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(f.status, 0) << f.output;
  EXPECT_LT(took.count(), 10);  // --timeout is 60
  EXPECT_THAT(f.output, HasSubstr("its sample outlived the budget, and is not in the file"));
  EXPECT_THAT(f.output, HasSubstr("not measured"));
  for (const auto& name : names(tests::read_json(folder / "r.json")))
    EXPECT_THAT(name, HasSubstr("/sound"));
}

}  // namespace
