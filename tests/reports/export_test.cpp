#include "reports/render/export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <random>
#include <regex>

#include "reports/base/output_file.hpp"

namespace {

using namespace reports;
using testing::HasSubstr;
using testing::Not;

results made() {
  results out;
  for (int i = 0; i < 5; ++i) {
    row one;
    one.name = "cpu/hash/fibers/n:8/workers:2";
    one.workload = "cpu/hash";
    one.model = "fibers";
    one.params = {{"n", "8"}};
    one.workers = 2;
    one.sample = one.block.emplace(i);
    one.iterations = 3;
    one.time_ns = 100 + i;
    one.cpu_ns = 200;
    one.counters = {{"peak_bytes", 4096}, {"page_faults", 7}};
    out.rows.push_back(one);
  }
  row broken;
  broken.name = broken.workload = "=cmd,\"x\"";
  broken.error = "wrong answer";
  out.rows.push_back(broken);
  return out;
}

TEST(exports, github_action_benchmark_gets_entries_that_its_reader_takes) {
  auto read = nlohmann::json::parse(export_github_action_benchmark(made()));
  ASSERT_EQ(read.size(), 3u);  // time, CPU and memory; nothing of the invalid cell
  EXPECT_EQ(read[0]["name"], "cpu/hash/fibers/n:8/workers:2");
  EXPECT_EQ(read[0]["value"], 102);
  EXPECT_EQ(read[0]["unit"], "ns");
  EXPECT_TRUE(read[0]["range"].is_string());
  EXPECT_EQ(read[2]["name"], "cpu/hash/fibers/n:8/workers:2 (memory)");
}

TEST(exports, bencher_gets_its_metric_format) {
  auto read = nlohmann::json::parse(export_bencher(made()));
  ASSERT_EQ(read.size(), 1u);
  auto& row = read["cpu/hash/fibers/n:8/workers:2"];
  EXPECT_EQ(row["latency"]["value"], 102);
  EXPECT_EQ(row["latency"]["lower_value"], 100);
  EXPECT_EQ(row["latency"]["upper_value"], 104);
  EXPECT_EQ(row["peak-bytes"]["value"], 4096);
}

TEST(exports, numbers_have_few_enough_digits_for_every_reader_to_take_them_alike) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-3, 12);
  results from;
  for (int i = 0; i < 2000; ++i) {
    row one;
    one.name = one.workload = std::to_string(i);
    one.time_ns = std::pow(10, exponent(random));
    from.rows.push_back(one);
  }
  const auto text = export_bencher(from);
  const auto read = nlohmann::json::parse(text);
  for (const row& each : from.rows)
    EXPECT_NEAR(read[each.name]["latency"]["value"].get<double>() / each.time_ns, 1, 1e-11);
  std::size_t seen = 0;
  const std::regex number{R"("value": ([0-9.]+)(e[-+0-9]+)?)"};
  for (std::sregex_iterator at{text.begin(), text.end(), number}, end; at != end; ++at, ++seen)
    EXPECT_LE(std::ranges::count_if((*at)[1].str(), [](char c) { return c != '.'; }), 15)
        << at->str();
  EXPECT_EQ(seen, 2000u);
}

TEST(exports, csv_has_a_line_per_sample_and_no_formula) {
  std::string text = export_csv(made());
  EXPECT_EQ(std::ranges::count(text, '\n'), 7);
  EXPECT_THAT(text, testing::StartsWith("name,workload,model,workers,n,sample,block,iterations,"
                                        "time_ns,cpu_ns,page_faults,peak_bytes,disturbed,error\r\n"
                                        "cpu/hash/fibers/n:8/workers:2,cpu/hash,fibers,2,8,0,0,3,"
                                        "100,200,7,4096,,\r\n"));
  EXPECT_THAT(text,
              HasSubstr("\n\"'=cmd,\"\"x\"\"\",\"'=cmd,\"\"x\"\"\",,,,0,,,,,,,,wrong answer\r\n"));
}

TEST(exports, a_device_is_written_to_and_stays_a_device) {
  write_output("/dev/null", "text");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

}  // namespace
