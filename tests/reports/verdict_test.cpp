#include "reports/judge/verdict.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "reports/judge/crossover.hpp"

namespace reports {
namespace {

using json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Made-up results: each model's time as a function of n, with a known small spread around it.
class made_up {
 public:
  made_up& samples(int count) {
    samples_ = count;
    return *this;
  }
  made_up& add(const std::string& model, long n, double time, const std::string& workload = "cpu/w",
               int workers = 2) {
    for (int i = 0; i < samples_; ++i) {
      json row = row_of(model, n, workload, workers, i);
      // Drift that hits all models of a block alike, and +-0.5 % that does not.
      double drift = 1 + 0.05 * i, own = 1 + 0.005 * std::sin(i * 2.4 + model.size());
      row["real_time"] = time * drift * own;
      row["cpu_time"] = time;
      rows_.push_back(row);
    }
    return *this;
  }
  made_up& fail(const std::string& model, long n, const std::string& why) {
    json row = row_of(model, n, "cpu/w", 2, 0);
    row["error_occurred"] = true;
    row["error_message"] = why;
    rows_.push_back(row);
    return *this;
  }

  // The parts point at one another, so they are kept here.
  const std::vector<ranking>& ranked() {
    json document{{"context", {{"contend_schema", 1}}}, {"benchmarks", rows_}};
    results_ = parse_results(document.dump(), "made-up.json");
    groups_ = groups(results_);
    rankings_ = rank(groups_);
    return rankings_;
  }
  verdict judged() {
    all_.clear();
    for (const ranking& each : ranked()) all_.push_back(&each);
    return judge("cpu", all_);
  }
  std::vector<exception> excepted() { return exceptions(judged(), all_); }
  const std::vector<crossover>& crossed() {
    series_ = series_of(ranked());
    crossovers_ = crossovers(series_);
    return crossovers_;
  }

 private:
  static json row_of(const std::string& model, long n, const std::string& workload, int workers,
                     int sample) {
    std::string name =
        workload + "/" + model + "/n:" + std::to_string(n) + "/workers:" + std::to_string(workers);
    return {{"name", name},         {"run_name", name}, {"run_type", "iteration"},
            {"workload", workload}, {"model", model},   {"params", {{"n", n}}},
            {"workers", workers},   {"sample", sample}, {"block", sample},
            {"iterations", 100},    {"time_unit", "ns"}};
  }
  int samples_ = 10;
  json rows_ = json::array();
  results results_;
  std::vector<group> groups_;
  std::vector<ranking> rankings_;
  std::vector<const ranking*> all_;
  std::vector<series> series_;
  std::vector<crossover> crossovers_;
};

TEST(verdict, a_clear_winner_is_named_with_its_lead_and_an_interval_that_holds_the_truth) {
  made_up data;
  verdict v =
      data.add("fibers", 10, 130).add("coroutines", 10, 100).add("threads", 10, 500).judged();
  EXPECT_EQ(v.is, verdict::outcome::winner);
  EXPECT_EQ(v.best, "coroutines");
  ASSERT_TRUE(v.next);
  EXPECT_EQ(v.next->model, "fibers");
  ASSERT_TRUE(v.next->to_winner->range);
  EXPECT_TRUE(v.next->to_winner->range->contains(1.3));
  EXPECT_LT(v.next->to_winner->range->high - v.next->to_winner->range->low, 0.03);
  EXPECT_THAT(v.headline(), HasSubstr("coroutines, 1.30× ahead of fibers ("));
}

TEST(verdict, equal_models_are_tied_and_the_lead_is_over_the_next) {
  made_up data;
  verdict v = data.add("tbb", 10, 100).add("coroutines", 10, 100).add("threads", 10, 250).judged();
  EXPECT_EQ(v.is, verdict::outcome::tie);
  EXPECT_EQ(v.tied.size(), 1);
  EXPECT_THAT(v.headline(), HasSubstr("are tied, 2.50× ahead of threads"));
}

TEST(verdict, drift_that_hits_a_block_alike_does_not_hide_a_difference) {
  made_up data;  // the drift is 45 % over the run, the difference 4 %
  verdict v = data.add("tbb", 10, 104).add("coroutines", 10, 100).judged();
  EXPECT_EQ(v.is, verdict::outcome::winner);
  EXPECT_EQ(v.best, "coroutines");
}

TEST(verdict, one_sample_claims_nothing) {
  made_up data;
  verdict v = data.samples(1).add("tbb", 10, 300).add("coroutines", 10, 100).judged();
  EXPECT_EQ(v.is, verdict::outcome::thin);
  EXPECT_EQ(v.headline(),
            "coroutines was measured fastest, but that is not sure: cpu/w n:10 workers:2 has 1 "
            "sample of coroutines, and an interval needs 5: measure with --samples 5 or more");
  EXPECT_THAT(v.tied, IsEmpty());
}

TEST(verdict, a_model_alone_has_nobody_to_beat) {
  made_up data;
  EXPECT_EQ(data.add("coroutines", 10, 100).judged().is, verdict::outcome::alone);
}

TEST(verdict, no_valid_cell_means_no_verdict) {
  made_up data;
  EXPECT_EQ(data.fail("tbb", 10, "wrong answer").judged().is, verdict::outcome::none);
}

TEST(verdict, an_invalid_cell_never_wins_and_keeps_its_cause) {
  made_up data;
  data.add("tbb", 10, 300)
      .add("coroutines", 10, 400)
      .fail("fibers", 10, "wrong answer: 7, must be 8");
  EXPECT_EQ(data.judged().best, "tbb");
  const ranking& only = data.ranked().front();
  ASSERT_EQ(only.invalid.size(), 1);
  EXPECT_EQ(only.invalid.front()->cause(), "wrong answer: 7, must be 8");
}

TEST(verdict, a_model_does_not_win_by_leaving_out_what_it_is_bad_at) {
  made_up data;
  data.add("tbb", 10, 200)
      .add("tbb", 20, 200)
      .add("coroutines", 10, 100)
      .fail("coroutines", 20, "out of memory");
  verdict v = data.judged();
  EXPECT_EQ(v.best, "tbb");
  ASSERT_EQ(v.ahead.size(), 1);
  EXPECT_EQ(v.ahead.front().model, "coroutines");
  EXPECT_EQ(v.ahead.front().in_common, 1);
  EXPECT_EQ(v.headline(), "tbb, the only model with as many as 2 of 2 cells");
}

// Coroutines are invalid at one of six sizes and three times as fast at the others: who has it all
// does not win by that.
TEST(verdict, the_best_is_sought_in_the_cells_that_all_competitors_have) {
  made_up data;
  for (long n : {1, 2, 3, 4, 5, 6}) data.add("tbb", n, 300).add("fibers", n, 450);
  for (long n : {1, 2, 3, 4, 5}) data.add("coroutines", n, 100);
  data.fail("coroutines", 6, "wrong answer");
  verdict v = data.judged();
  EXPECT_EQ(v.is, verdict::outcome::winner);
  EXPECT_EQ(v.best, "coroutines");
  EXPECT_EQ(v.shared, 5);
  EXPECT_EQ(v.groups, 6);
  ASSERT_TRUE(v.next);
  EXPECT_EQ(v.next->model, "tbb");
  EXPECT_EQ(v.next->in_common, 5);
  EXPECT_TRUE(v.next->to_winner->range->contains(3));
  EXPECT_THAT(v.headline(), HasSubstr("in the 5 of 6 cells that coroutines, tbb and fibers all"));
}

// The sizes that one has and the other has not are no part of their comparison, either way.
TEST(verdict, cells_that_only_some_have_do_not_weigh) {
  made_up data;
  for (long n : {1, 2, 3, 4, 5}) data.add("tbb", n, 100).add("fibers", n, 130);
  data.add("coroutines", 5, 300).add("tbb", 6, 1000).add("coroutines", 6, 10).add("fibers", 7, 10);
  verdict v = data.judged();
  EXPECT_THAT(v.compared, ElementsAre("tbb", "fibers"));
  EXPECT_EQ(v.shared, 5);
  EXPECT_EQ(v.best, "tbb");
  EXPECT_TRUE(v.next->to_winner->range->contains(1.3));
}

TEST(verdict, a_model_of_few_cells_is_not_tied_but_level_there) {
  made_up data;
  for (long n : {1, 2, 3}) data.add("tbb", n, 100).add("fibers", n, 200);
  data.add("coroutines", 2, 100);
  verdict v = data.judged();
  EXPECT_EQ(v.is, verdict::outcome::winner);
  EXPECT_EQ(v.best, "tbb");
  ASSERT_EQ(v.level.size(), 1);
  EXPECT_EQ(v.level[0].model, "coroutines");
  EXPECT_EQ(v.level[0].in_common, 1);
}

TEST(verdict, models_without_a_cell_in_common_are_not_ranked) {
  made_up data;
  verdict v = data.add("tbb", 1, 100).add("fibers", 2, 50).judged();
  EXPECT_EQ(v.is, verdict::outcome::thin);
  EXPECT_THAT(v.headline(), HasSubstr("no verdict: no cell is valid under all of fibers and tbb"));
}

TEST(verdict, baselines_never_compete) {
  made_up data;
  verdict v = data.add("serial", 10, 1)
                  .add("floor", 10, 1)
                  .add("tbb", 10, 200)
                  .add("threads", 10, 300)
                  .judged();
  EXPECT_EQ(v.best, "tbb");
  ASSERT_EQ(v.models.size(), 2);
  const auto* serial = data.ranked().front().find("serial");
  ASSERT_NE(serial, nullptr);
  EXPECT_NEAR(serial->ratio.value, 1 / 200.0, 1e-4);
}

TEST(verdict, where_the_best_is_beaten_is_said) {
  made_up data;
  data.add("tbb", 10, 100)
      .add("coroutines", 10, 50)
      .add("tbb", 1000, 100)
      .add("coroutines", 1000, 120);
  auto found = data.excepted();
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].model, "tbb");
  EXPECT_EQ(found[0].where, "n 1,000");
  EXPECT_TRUE(found[0].lead.range->contains(1.2));
}

TEST(verdict, the_geometric_mean_over_groups_is_the_truth) {
  made_up data;  // 2x at one size, 8x at the other: 4x in all
  data.add("tbb", 10, 200)
      .add("coroutines", 10, 100)
      .add("tbb", 20, 800)
      .add("coroutines", 20, 100);
  verdict v = data.judged();
  ASSERT_TRUE(v.next);
  EXPECT_NEAR(v.next->to_winner->value, 4, 0.02);
  EXPECT_TRUE(v.next->to_winner->range->contains(4));
}

// Threads cost n^1.2, coroutines n, equal at 340: straight lines in a log-log chart.
made_up crossing_at_340(int samples) {
  made_up data;
  data.samples(samples);
  for (long n : {10, 100, 1000, 10000})
    data.add("threads", n, std::pow(n, 1.2)).add("coroutines", n, n * std::pow(340, 0.2));
  return data;
}

TEST(crossover, a_known_crossing_lies_in_a_narrow_interval_around_it) {
  made_up data = crossing_at_340(10);
  auto found = data.crossed();
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].over, "coroutines");
  EXPECT_EQ(found[0].under, "threads");
  EXPECT_NEAR(found[0].x, 340, 10);
  EXPECT_TRUE(found[0].range.contains(340));
  EXPECT_GT(found[0].range.low, 300);
  EXPECT_LT(found[0].range.high, 390);
  EXPECT_TRUE(found[0].leads);
  EXPECT_FALSE(found[0].thin);
  EXPECT_THAT(found[0].words(), HasSubstr("coroutines overtakes threads above 339 n (3"));
  EXPECT_THAT(found[0].words(), HasSubstr("measured at 100 and 1,000"));
}

TEST(crossover, thin_data_are_called_thin) {
  made_up data = crossing_at_340(2);
  auto found = data.crossed();
  ASSERT_EQ(found.size(), 1);
  EXPECT_TRUE(found[0].thin);
  EXPECT_THAT(found[0].words(), HasSubstr("too thin to say"));
}

TEST(crossover, ties_do_not_cross) {
  made_up data;
  for (long n : {10, 100, 1000}) data.add("tbb", n, n).add("coroutines", n, n);
  EXPECT_THAT(data.crossed(), IsEmpty());
}

TEST(crossover, a_model_that_is_always_ahead_does_not_cross) {
  made_up data;
  for (long n : {10, 100, 1000}) data.add("tbb", n, 2 * n).add("coroutines", n, n);
  EXPECT_THAT(data.crossed(), IsEmpty());
}

TEST(crossover, workers_are_an_axis_too) {
  made_up data;
  for (int workers : {1, 2, 4, 8})
    data.add("tbb", 10, 1000.0 / workers, "cpu/w", workers)
        .add("processes", 10, 3000.0 / workers / workers, "cpu/w", workers);
  auto found = data.crossed();
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].along->axis, "workers");
  EXPECT_EQ(found[0].over, "processes");
  EXPECT_NEAR(found[0].x, 3, 0.05);
}

}  // namespace
}  // namespace reports
