// No broken model ever gets a number, and its row says what is wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "bench/base/sanitizer.hpp"
#include "tests/shared/command_line.hpp"

namespace {

using testing::HasSubstr;

struct fault {
  std::string model, cause;
};
void PrintTo(const fault& f, std::ostream* out) { *out << f.model; }

// What each model of tests/bad/bad.cpp must be told off for.
const std::vector<fault> faults{
    {"answers_wrong", "wrong answer: sum 62, expected sum 55"},
    {"drops_task", "ran 9 of 10 tasks"},
    {"throws", "the scheduler lost its mind"},
    {"throws_number", "threw what is not a std::exception"},
    {"throws_in_thread", "crashed: SIGABRT"},
    {"segfaults", "crashed: SIGSEGV"},
    {"aborts", "crashed: SIGABRT"},
    {"is_killed", "crashed: SIGKILL"},
    {"exits", "exit status 0 and no result"},
    {"hangs", "hung: no end after 3 s"},
    {"no_descriptors", "out of descriptors (the limit is 64)"},
    {"no_memory", "out of memory (the limit is 512 MiB of address space)"},
    {"no_threads", "out of threads or processes"},
    {"leaves_thread", "left 1 thread behind"},
    {"leaves_child", "left 1 child behind"},
    {"leaves_orphan", "behind"},
    {"leaves_descriptor", "left 1 descriptor behind"},
    {"leaves_mapping", "left mappings behind"},
};

// All models in one run, as a user would have them.
class gate : public testing::TestWithParam<fault> {
 protected:
  static void SetUpTestSuite() {
    const tests::scratch folder;
    const auto out = folder / "results.json";
    run_ = new tests::finished{
        tests::shell("CONTEND_MARK=gate-" + std::to_string(::getpid()) + " " + tests::contend +
                     " run --profile smallest --samples 1 --timeout 3 --bin-dir " +
                     tests::bad_binaries + " --out " + out.string())};
    rows_ = new std::map<std::string, nlohmann::json>;
    const auto results = tests::read_json(out);
    for (const auto& row : results.at("benchmarks")) rows_->emplace(row.at("model"), row);
  }
  static void TearDownTestSuite() {
    delete run_;
    delete rows_;
  }
  static inline tests::finished* run_ = nullptr;
  static inline std::map<std::string, nlohmann::json>* rows_ = nullptr;
};

TEST_P(gate, gives_it_no_number_and_names_the_cause) {
  if (bench::sanitized && GetParam().model == "leaves_mapping")
    GTEST_SKIP() << "a sanitizer's allocator leaves mappings itself, which are not judged then";
  ASSERT_TRUE(rows_->contains(GetParam().model));
  const auto& row = rows_->at(GetParam().model);
  EXPECT_TRUE(row.value("error_occurred", false)) << row;
  EXPECT_EQ(row.value("real_time", 0.0), 0.0);
  EXPECT_EQ(row.value("cpu_time", 0.0), 0.0);
  EXPECT_FALSE(row.contains("tasks_per_second"));
  if (bench::sanitized) return;  // it gets in first, with words of its own
  EXPECT_THAT(row.value("error_message", ""), HasSubstr(GetParam().cause));
  EXPECT_THAT(run_->output, HasSubstr(GetParam().cause));
}

INSTANTIATE_TEST_SUITE_P(all, gate, testing::ValuesIn(faults),
                         [](const auto& info) { return info.param.model; });

TEST_F(gate, measures_a_sound_model_in_the_same_run) {
  for (const char* model : {"sound", "slow"}) {
    ASSERT_TRUE(rows_->contains(model));
    EXPECT_FALSE(rows_->at(model).contains("error_occurred")) << rows_->at(model);
    EXPECT_GT(rows_->at(model).at("real_time").get<double>(), 0);
  }
}

TEST_F(gate, knows_every_broken_model) { EXPECT_EQ(rows_->size(), faults.size() + 2); }

TEST_F(gate, ends_with_status_2) { EXPECT_EQ(run_->status, 2) << run_->output; }

TEST_F(gate, leaves_no_process_behind) {
  EXPECT_TRUE(tests::marked_processes("CONTEND_MARK=gate-" + std::to_string(::getpid())).empty());
}

}  // namespace
