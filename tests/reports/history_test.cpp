#include "reports/history/history.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "reports/charts/history_chart.hpp"
#include "reports/judge/change_points.hpp"

namespace {

using namespace reports;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::mt19937_64& source() {
  static std::mt19937_64 random(23);
  return random;
}

double noise(double deviation) { return std::normal_distribution<double>(0, deviation)(source()); }

std::vector<double> series_of(int length, double deviation,
                              const std::function<double(int)>& level) {
  std::vector<double> out;
  for (int i = 0; i < length; ++i) out.push_back(level(i) + noise(deviation));
  return out;
}

TEST(change_points, finds_one_step_where_it_is) {
  auto found = divide(series_of(40, 0.01, [](int i) { return i < 25 ? 0 : 0.05; }));
  ASSERT_THAT(found.starts, SizeIs(1));
  EXPECT_NEAR(static_cast<double>(found.starts[0]), 25, 1);
  EXPECT_LE(found.p, 0.001);
}

TEST(change_points, finds_several_steps_even_where_a_later_one_undoes_the_first) {
  auto found = divide(series_of(60, 0.01, [](int i) { return i < 20 ? 0 : i < 40 ? 0.08 : 0.01; }));
  ASSERT_THAT(found.starts, SizeIs(2));
  EXPECT_NEAR(static_cast<double>(found.starts[0]), 20, 1);
  EXPECT_NEAR(static_cast<double>(found.starts[1]), 40, 1);
}

TEST(change_points, finds_a_step_in_the_last_three_runs) {
  EXPECT_THAT(divide(series_of(30, 0.005, [](int i) { return i < 27 ? 0 : 0.1; })).starts,
              ElementsAre(27));
}

TEST(change_points, finds_nothing_in_noise_more_often_than_its_level) {
  int found = 0;
  constexpr int runs = 300;
  for (int run = 0; run < runs; ++run)
    found += !divide(series_of(25, 1, [](int) { return 0; }), 0.05).starts.empty();
  EXPECT_LT(found, 0.09 * runs);
}

TEST(change_points, short_and_constant_series_have_none) {
  EXPECT_THAT(divide({}).starts, IsEmpty());
  EXPECT_THAT(divide(std::vector(5, 1.0)).starts, IsEmpty());
  EXPECT_THAT(divide(std::vector(50, 1.0)).starts, IsEmpty());
}

TEST(change_points, a_trend_has_the_slope_of_the_line_in_spite_of_outliers) {
  // Constants by scipy 1.10: theilslopes, and norm.sf of Kendall's S with its correction for ties.
  auto fit = monotone_trend(std::vector<double>{1, 3, 2, 5, 4, 6, 50, 8, 7, 10});
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->slope, 1, 1e-12);
  EXPECT_NEAR(fit->p, 0.004207551285491748, 1e-12);
  auto ties = monotone_trend(std::vector<double>{1, 2, 2, 3, 3, 3, 4, 5, 5, 6});
  ASSERT_TRUE(ties);
  EXPECT_NEAR(ties->slope, 0.5, 1e-12);
  EXPECT_NEAR(ties->p, 0.00035680757433584955, 1e-12);
  EXPECT_FALSE(monotone_trend(std::vector<double>{1, 2, 3}));
  EXPECT_EQ(monotone_trend(std::vector(10, 2.0))->p, 1);
}

class histories : public testing::Test {
 protected:
  void SetUp() override {
    file_ = testing::TempDir() + fmt::format("history-{}.sqlite", getpid());
    std::filesystem::remove(file_);
  }
  void TearDown() override { std::filesystem::remove(file_); }

  static results run(int number, const std::vector<std::pair<std::string, double>>& cells,
                     const std::string& machine = "m") {
    results out;
    out.source = "r.json";
    out.context.revision = fmt::format("r{}", number);
    out.context.started = fmt::format("2026-01-01T00:00:00.{:06}Z", number);
    out.context.fingerprint = machine;
    for (const auto& [name, time] : cells)
      for (int i = 0; i < 5; ++i) {
        row one;
        one.name = one.workload = name;
        one.sample = i;
        one.time_ns = time * std::exp(noise(0.01));
        one.cpu_ns = 0;
        out.rows.push_back(one);
      }
    return out;
  }

  std::string file_;
};

TEST_F(histories, keep_raw_samples_once_and_per_machine) {
  history kept(file_, true);
  auto first = run(1, {{"a", 1e6}, {"b", 2e6}});
  EXPECT_EQ(kept.add(first), 20u);
  EXPECT_EQ(kept.add(first), std::nullopt);
  kept.add(run(2, {{"a", 1e6}}, "other"));
  EXPECT_EQ(kept.latest_fingerprint(), "other");
  EXPECT_THAT(kept.runs("m"), SizeIs(1));
  auto series = kept.all_series("m");
  ASSERT_THAT(series, SizeIs(4));
  EXPECT_EQ(series[0].name, "a");
  EXPECT_THAT(series[0].medians, SizeIs(1));
}

TEST_F(histories, name_the_revision_and_the_size_of_a_step_and_forget_it_when_accepted) {
  history kept(file_, true);
  for (int i = 0; i < 30; ++i) kept.add(run(i, {{"a", i < 20 ? 1e6 : 1.1e6}, {"b", 1e6}}));
  auto found = check_history(kept, "m", {});
  ASSERT_THAT(found.shifts, SizeIs(1));
  EXPECT_EQ(found.shifts[0].name, "a");
  EXPECT_EQ(found.shifts[0].revision, "r20");
  EXPECT_EQ(found.shifts[0].before, "r19");
  EXPECT_NEAR(found.shifts[0].ratio, 1.1, 0.01);
  EXPECT_TRUE(found.regressed());

  kept.accept("a", "time_ns", "r20", "a lock was needed");
  auto after = check_history(kept, "m", {});
  EXPECT_THAT(after.shifts, IsEmpty());
  EXPECT_FALSE(after.regressed());
  EXPECT_EQ(after.accepted, 1u);
  EXPECT_THROW(kept.accept("a", "", "r99", ""), database_error);
  EXPECT_THROW(kept.accept("z", "", "r20", ""), database_error);
}

TEST_F(histories, do_not_call_what_was_undone_a_regression) {
  history kept(file_, true);
  for (int i = 0; i < 36; ++i) kept.add(run(i, {{"a", i < 12 || i >= 24 ? 1e6 : 1.2e6}}));
  auto found = check_history(kept, "m", {});
  EXPECT_THAT(found.shifts, SizeIs(2));
  EXPECT_FALSE(found.shifts[0].ratio > 1 && found.shifts[0].lasting);
  EXPECT_FALSE(found.regressed());
}

TEST_F(histories, find_a_slow_drift_that_no_single_comparison_shows) {
  history kept(file_, true);
  for (int i = 0; i < 40; ++i) kept.add(run(i, {{"a", 1e6 * std::exp(0.003 * i)}, {"b", 1e6}}));
  auto found = check_history(kept, "m", {});
  ASSERT_THAT(found.shifts, SizeIs(1));
  EXPECT_EQ(found.shifts[0].is, shift::kind::drift);
  EXPECT_NEAR(found.shifts[0].ratio, std::exp(0.003 * 39), 0.02);
  EXPECT_TRUE(found.regressed());
}

TEST_F(histories, judge_nothing_from_few_runs) {
  history kept(file_, true);
  for (int i = 0; i < 7; ++i) kept.add(run(i, {{"a", 1e6}}));
  auto found = check_history(kept, "m", {});
  EXPECT_EQ(found.judged, 0u);
  EXPECT_GT(found.too_short, 0u);
}

TEST_F(histories, refuse_what_is_not_one) {
  std::ofstream(file_) << "not a database, but long enough to be read as the header of one ......"
                          "................................................................";
  EXPECT_THROW(history(file_, true), database_error);
  EXPECT_THROW(history("/nonexistent/h.sqlite", false), database_error);
  std::filesystem::remove(file_);
  {
    database other(file_, true);
    other.execute("CREATE TABLE t (x)");
  }
  EXPECT_THROW(history(file_, true), database_error);
  std::filesystem::remove(file_);
  {
    history kept(file_, true);
    database newer(file_, false);
    newer.execute("PRAGMA user_version = 2");
  }
  try {
    history kept(file_, true);
    ADD_FAILURE();
  } catch (const database_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("newer contend"));
  }
}

TEST_F(histories, hold_every_run_of_concurrent_writers) {
  constexpr int writers = 4, runs = 12;
  std::vector<pid_t> children;
  for (int writer = 0; writer < writers; ++writer) {
    pid_t child = fork();
    if (child == 0) {
      int status = 0;
      try {
        for (int i = 0; i < runs; ++i)
          history(file_, true).add(run(writer * runs + i, {{"a", 1e6}}));
      } catch (const database_error&) {
        status = 1;
      }
      _exit(status);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_THAT(history(file_, false).runs("m"), SizeIs(writers * runs));
}

TEST_F(histories, hold_whole_runs_only_after_a_writer_is_killed) {
  int whole = 0;
  for (int round = 0; round < 10; ++round) {
    pid_t child = fork();
    if (child == 0) {
      try {
        for (int i = 0;; ++i)
          history(file_, true).add(run(round * 10000 + i, {{"a", 1e6}, {"b", 1e6}}));
      } catch (const database_error&) {
      }
      _exit(1);
    }
    usleep(20'000 + 7'000 * round);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    history kept(file_, true);
    for (const auto& series : kept.all_series("m"))
      EXPECT_EQ(series.medians.size(), kept.runs("m").size());
    whole = static_cast<int>(kept.runs("m").size());
    database raw(file_, false);
    auto integrity = raw.prepare("PRAGMA integrity_check");
    ASSERT_TRUE(integrity.step());
    EXPECT_EQ(integrity.text(0), "ok");
    auto counts = raw.prepare("SELECT count(*) FROM sample GROUP BY run HAVING count(*) != 20");
    EXPECT_FALSE(counts.step());
  }
  EXPECT_GT(whole, 0);
}

TEST_F(histories, show_trends_as_lines_and_as_a_chart_with_names_as_text) {
  history kept(file_, true);
  for (int i = 0; i < 10; ++i) kept.add(run(i, {{"<script>\x1b[1m", 1e6 * (1 + i * 0.1)}}));
  std::vector<history::series> time_only;
  for (auto& each : kept.all_series("m"))
    if (each.field == "time_ns") time_only.push_back(each);
  std::string table = trend_table(time_only, 80);
  EXPECT_THAT(table, HasSubstr("▁"));
  EXPECT_THAT(table, HasSubstr("█"));
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
  std::string svg = trend_svg(time_only, kept.runs("m"));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, HasSubstr("<title>r9 "));
}

}  // namespace
