#include "reports/charts/charts.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace reports {
namespace {

using json = nlohmann::json;
using testing::ElementsAre;
using testing::Pair;

// One workload in which each model takes as long as is said, in three samples.
results made_up(std::initializer_list<std::pair<const char*, double>> times) {
  json rows = json::array();
  for (const auto& [model, time] : times)
    for (int sample = 0; sample < 3; ++sample) {
      const std::string name = std::string{"io/echo/"} + model + "/workers:2";
      rows.push_back({{"name", name},
                      {"run_name", name},
                      {"run_type", "iteration"},
                      {"repetition_index", sample},
                      {"iterations", 1},
                      {"real_time", time},
                      {"cpu_time", time},
                      {"time_unit", "ns"},
                      {"workload", "io/echo"},
                      {"model", model},
                      {"params", json::object()},
                      {"workers", 2},
                      {"sample", sample},
                      {"block", sample}});
    }
  const json document{{"context", {{"contend_schema", 1}}}, {"benchmarks", rows}};
  return parse_results(document.dump(), "made-up.json");
}

// What the chart of costs shows each model as a multiple of its floor.
std::map<std::string, std::string> ratios_to_the_floor(const findings& all) {
  const auto charts = charts_of(all, all.workloads.front());
  const auto cost = std::ranges::find(charts, "cost", &chart::id);
  if (cost == charts.end()) return {};
  const auto& measures = cost->switches[1]["options"];
  const auto& rows = cost->switches[0]["options"][0]["patch"]["/data/values"];
  std::map<std::string, std::string> out;
  for (const auto& each : measures) {
    if (each["label"] != "time to the floor") continue;
    const auto field = each["patch"]["/layer/1/encoding/text/field"].get<std::string>();
    for (const auto& row : rows)
      if (row.contains(field)) out[row["model"]] = row[field];
  }
  return out;
}

TEST(charts, hold_a_model_against_the_floor_of_its_engine_where_that_has_one) {
  const findings all{made_up({{"floor", 100},
                              {"floor@io_uring", 50},
                              {"fibers@epoll", 200},
                              {"fibers@io_uring", 200},
                              {"threads", 300}})};
  EXPECT_THAT(ratios_to_the_floor(all),
              ElementsAre(Pair("fibers@epoll", "2.00×"), Pair("fibers@io_uring", "4.00×"),
                          Pair("floor", "1.00×"), Pair("floor@io_uring", "1.00×"),
                          Pair("threads", "3.00×")));
}

TEST(charts, show_no_ratio_to_a_floor_where_there_is_none) {
  const findings all{made_up({{"fibers", 200}, {"threads", 300}})};
  EXPECT_TRUE(ratios_to_the_floor(all).empty());
}

TEST(charts, have_a_place_for_each_model_and_the_baselines_come_last) {
  const findings all{made_up({{"floor@io_uring", 50},
                              {"fibers@io_uring", 200},
                              {"floor", 100},
                              {"serial", 900},
                              {"coroutines", 100}})};
  EXPECT_THAT(all.models,
              ElementsAre("coroutines", "fibers@io_uring", "serial", "floor", "floor@io_uring"));
  EXPECT_EQ(scales_of(all.models).domain.size(), all.models.size());
}

TEST(charts, have_a_place_on_the_axis_for_each_percentile_that_samples_only_know_together) {
  results from = made_up({{"fibers", 200}, {"threads", 300}});
  const auto fifty = nlohmann::ordered_json::parse(
      R"({"count":50,"min_ns":100,"max_ns":120,"sum_ns":5400,"buckets":[[100,30],[120,20]]})");
  for (row& each : from.rows) {
    each.latencies = latency_histogram::read(fifty);
    each.counters = {{"p50_ns", 100}, {"max_ns", 120}};
  }
  const findings all{std::move(from)};
  const auto charts = charts_of(all, all.workloads.front());
  const auto latency = std::ranges::find(charts, "latency", &chart::id);
  ASSERT_NE(latency, charts.end());
  EXPECT_EQ(latency->spec["encoding"]["x"]["scale"]["domain"], json({"median", "p90", "worst"}));
  std::set<std::string> shown;
  for (const auto& each : latency->switches[0]["options"][0]["patch"]["/data/values"])
    shown.insert(each["percentile"]);
  EXPECT_THAT(shown, ElementsAre("median", "p90", "worst"));
}

TEST(charts, join_the_frontier_of_a_trade_off_by_a_line_that_is_not_filled) {
  results from = made_up({{"fibers", 200}, {"threads", 300}});
  for (row& each : from.rows) each.counters["peak_bytes"] = each.model == "fibers" ? 2e6 : 1e6;
  const findings all{std::move(from)};
  const auto charts = charts_of(all, all.workloads.front());
  const auto trade = std::ranges::find(charts, "trade-off", &chart::id);
  ASSERT_NE(trade, charts.end());
  const auto mark = trade->spec["layer"][0]["mark"];
  EXPECT_EQ(mark["type"], "line");
  EXPECT_FALSE(mark.contains("fill"));
  if (mark.contains("style")) {
    const auto style = trade->settled(false)["config"]["style"][mark["style"].get<std::string>()];
    EXPECT_FALSE(style.contains("fill")) << style;
  }
}

// A label of what all cells share is a long one that says nothing.
TEST(charts, name_a_cell_by_what_tells_it_from_the_others) {
  json rows = json::array();
  for (const auto& [bytes, workers] : {std::pair{64, 1}, {64, 2}, {4096, 2}})
    rows.push_back({{"name", "io/echo/fibers"},
                    {"real_time", 1000},
                    {"workload", "io/echo"},
                    {"model", "fibers"},
                    {"params", {{"engine", "epoll"}, {"bytes", bytes}}},
                    {"workers", workers}});
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i]["name"] = "io/echo/fibers/" + std::to_string(i);
  const json document{{"context", {{"contend_schema", 1}}}, {"benchmarks", rows}};
  const findings all{parse_results(document.dump(), "made-up.json")};
  const auto time = charts_of(all, all.workloads.front()).front();
  std::vector<std::string> labels;
  for (const auto& each : time.switches[0]["options"]) labels.push_back(each["label"]);
  EXPECT_THAT(labels, testing::UnorderedElementsAre("bytes 64, 1 worker", "bytes 64, 2 workers",
                                                    "bytes 4,096, 2 workers"));
}

TEST(charts, are_none_where_nothing_is_valid) {
  const findings all{parse_results(
      R"({"benchmarks":[{"name":"BM_broken/1","error_occurred":true,"error_message":"no file"},)"
      R"({"name":"BM_skipped/1","skipped":true,"skip_message":"no AVX"}]})",
      "other.json")};
  ASSERT_EQ(all.workloads.size(), 2u);
  for (const auto& each : all.workloads) EXPECT_TRUE(charts_of(all, each).empty()) << each.name;
}

TEST(charts, draw_a_sign_at_the_median_only) {
  const findings all{made_up({{"fibers", 100}, {"floor", 50}})};
  const auto spec = charts_of(all, all.workloads.front()).front().spec;
  EXPECT_FALSE(spec["encoding"].contains("shape"));
  EXPECT_FALSE(spec["layer"][1]["encoding"].contains("shape"));
  EXPECT_TRUE(spec["layer"][2]["encoding"].contains("shape"));
}

}  // namespace
}  // namespace reports
