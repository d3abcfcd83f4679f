#include "reports/read/results.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace {

using reports::parse_results;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::string failure(std::string_view text) {
  try {
    parse_results(text, "r.json");
  } catch (const reports::results_error& error) {
    return error.what();
  }
  return "read without complaint";
}

// A row as `contend run` writes it.
std::string ours(const std::string& model, int sample, int block, double time,
                 const std::string& more = "") {
  return R"({"name":"cpu/skynet/)" + model +
         R"(/leaves:10000/workers:2/manual_time","run_name":"cpu/skynet/)" + model +
         R"(/leaves:10000/workers:2/manual_time","run_type":"iteration","repetitions":5,)"
         R"("repetition_index":)" +
         std::to_string(sample) + R"(,"threads":1,"iterations":7,"real_time":)" +
         std::to_string(time) +
         R"(,"cpu_time":2,"time_unit":"us","workload":"cpu/skynet","model":")" + model +
         R"(","params":{"leaves":10000},"workers":2,"sample":)" + std::to_string(sample) +
         R"(,"block":)" + std::to_string(block) + R"(,"peak_bytes":4096)" + more + "}";
}

std::string file_of(const std::string& rows,
                    const std::string& context = R"({"contend_schema":1})") {
  return R"({"context":)" + context + R"(,"benchmarks":[)" + rows + "]}";
}

TEST(results, reads_a_row_of_ours_with_all_its_fields) {
  auto read = parse_results(file_of(ours("fibers", 3, 2, 1.5)), "r.json");
  ASSERT_THAT(read.rows, SizeIs(1));
  const auto& row = read.rows[0];
  EXPECT_EQ(row.name, "cpu/skynet/fibers/leaves:10000/workers:2");
  EXPECT_EQ(row.workload, "cpu/skynet");
  EXPECT_EQ(row.model, "fibers");
  EXPECT_THAT(row.params, ElementsAre(Pair("leaves", "10000")));
  EXPECT_EQ(row.workers, 2);
  EXPECT_EQ(row.sample, 3);
  EXPECT_EQ(row.block, 2);
  EXPECT_DOUBLE_EQ(row.time_ns, 1500);
  EXPECT_DOUBLE_EQ(row.cpu_ns, 2000);
  EXPECT_DOUBLE_EQ(row.iterations, 7);
  EXPECT_THAT(row.counters, ElementsAre(Pair("peak_bytes", 4096)));
  EXPECT_FALSE(row.error);
  EXPECT_FALSE(row.disturbed);
}

TEST(results, reads_the_context_and_the_fingerprint) {
  auto read = parse_results(
      file_of("", R"({"contend_schema":1,"seed":42,"profile":"quick","command":["contend","run"],
        "complete":false,"samples":5,"fingerprint":{"hash":"abc","facts":{"cores":2,"cpu":"x"}},
        "absent":[{"name":"cpu/skynet/x/workers:2","workload":"cpu/skynet","model":"x","reason":"cannot nest"}]})"),
      "r.json");
  EXPECT_EQ(read.context.schema, 1);
  EXPECT_EQ(read.context.seed, 42);
  EXPECT_EQ(read.context.profile, "quick");
  EXPECT_THAT(read.context.command, ElementsAre("contend", "run"));
  EXPECT_FALSE(read.context.complete);
  EXPECT_EQ(read.context.samples_asked, 5);
  EXPECT_EQ(read.context.fingerprint, "abc");
  EXPECT_THAT(read.context.facts, ElementsAre(Pair("cores", "2"), Pair("cpu", "x")));
  ASSERT_THAT(read.absent, SizeIs(1));
  EXPECT_EQ(read.absent[0].reason, "cannot nest");
  EXPECT_EQ(read.absent[0].workers, 2);
}

TEST(results, takes_bare_nan_and_infinity_for_missing_numbers_but_leaves_strings_alone) {
  auto read = parse_results(
      R"({"benchmarks":[{"name":"a NaN \" Infinity","iterations":1,"real_time":2,"cpu_time":NaN,
          "time_unit":"ns","x":-Infinity,"y":3},{"name":"b","real_time":NaN,"time_unit":"ns"}]})",
      "r.json");
  ASSERT_THAT(read.rows, SizeIs(2));
  EXPECT_EQ(read.rows[0].name, "a NaN \" Infinity");
  EXPECT_THAT(read.rows[0].counters, ElementsAre(Pair("y", 3)));
  EXPECT_EQ(read.rows[1].error, "its time is not a number");
}

TEST(results, keeps_aggregates_errors_and_skipped_rows_apart) {
  auto read = parse_results(R"({"benchmarks":[
    {"name":"BM_a/64/manual_time","run_name":"BM_a/64/manual_time","run_type":"iteration","repetition_index":1,"threads":1,"iterations":9,"real_time":5,"cpu_time":4,"time_unit":"ns"},
    {"name":"BM_a/64/manual_time_mean","run_name":"BM_a/64/manual_time","run_type":"aggregate","aggregate_name":"mean","aggregate_unit":"time","real_time":99,"cpu_time":4,"time_unit":"ns"},
    {"name":"BM_b","run_name":"BM_b","run_type":"iteration","error_occurred":true,"error_message":"broke","real_time":0,"cpu_time":0,"time_unit":"ns"},
    {"name":"BM_c","run_name":"BM_c","run_type":"iteration","skipped":true,"skip_message":"no GPU","real_time":0,"cpu_time":0,"time_unit":"ns"},
    {"name":"BM_a_BigO","run_name":"BM_a","run_type":"aggregate","aggregate_name":"BigO","cpu_coefficient":1,"real_coefficient":1,"big_o":"N","time_unit":"ns"}]})",
                            "r.json");
  ASSERT_THAT(read.rows, SizeIs(2));
  EXPECT_EQ(read.rows[0].name, "BM_a/64");
  EXPECT_EQ(read.rows[0].workload, "BM_a");
  EXPECT_EQ(read.rows[0].sample, 1);
  EXPECT_THAT(read.rows[0].params, ElementsAre(Pair("arg", "64")));
  EXPECT_EQ(read.rows[0].block, std::nullopt);
  EXPECT_EQ(read.rows[1].error, "broke");
  ASSERT_THAT(read.absent, SizeIs(1));
  EXPECT_EQ(read.absent[0].reason, "no GPU");
  EXPECT_FALSE(read.from_aggregates);
}

TEST(results, takes_the_median_as_one_sample_where_a_file_has_only_aggregates) {
  auto read = parse_results(R"({"benchmarks":[
    {"name":"BM_a_mean","run_name":"BM_a","run_type":"aggregate","aggregate_name":"mean","real_time":5,"cpu_time":4,"time_unit":"ms"},
    {"name":"BM_a_median","run_name":"BM_a","run_type":"aggregate","aggregate_name":"median","real_time":6,"cpu_time":4,"time_unit":"ms"}]})",
                            "r.json");
  ASSERT_THAT(read.rows, SizeIs(1));
  EXPECT_DOUBLE_EQ(read.rows[0].time_ns, 6e6);
  EXPECT_TRUE(read.from_aggregates);
}

TEST(results, keeps_names_apart_that_differ_only_in_how_they_were_timed) {
  auto read = parse_results(R"({"benchmarks":[
    {"name":"BM_a/real_time","real_time":5,"time_unit":"ns"},
    {"name":"BM_a/process_time","real_time":6,"time_unit":"ns"}]})",
                            "r.json");
  EXPECT_THAT(reports::cells(read), SizeIs(2));
}

TEST(results, reads_threads_and_scoped_names_of_other_projects) {
  auto read = parse_results(
      R"({"benchmarks":[{"name":"suite::BM_x<std::string>/n:8/threads:4","real_time":5,"time_unit":"ns"}]})",
      "r.json");
  EXPECT_EQ(read.rows[0].workload, "suite::BM_x<std::string>");
  EXPECT_THAT(read.rows[0].params, ElementsAre(Pair("n", "8")));
  EXPECT_EQ(read.rows[0].workers, 4);
}

TEST(results, leaves_disturbed_samples_out_while_an_interval_can_be_had_without) {
  std::string rows;
  for (int i = 0; i < 5; ++i) rows += ours("fibers", i, i, 1) + ",";
  auto enough =
      parse_results(file_of(rows + ours("fibers", 5, 5, 9, R"(,"disturbed":"steal")")), "");
  EXPECT_THAT(reports::cells(enough)[0].samples, SizeIs(5));
  EXPECT_THAT(reports::cells(enough)[0].disturbed, SizeIs(1));
  auto few = parse_results(
      file_of(ours("fibers", 0, 0, 9, R"(,"disturbed":"steal")") + "," + ours("fibers", 1, 1, 1)),
      "");
  EXPECT_THAT(reports::cells(few)[0].samples, SizeIs(2));
  EXPECT_THAT(reports::cells(few)[0].disturbed, IsEmpty());
}

TEST(results, puts_the_serial_baseline_beside_every_number_of_workers) {
  auto with_workers = [](std::string text, const std::string& workers) {
    for (std::size_t at; (at = text.find("workers:2")) != text.npos;)
      text.replace(at, 9, "workers:" + workers);
    return text.replace(text.find("\"workers\":2"), 11, "\"workers\":" + workers);
  };
  auto read = parse_results(
      file_of(with_workers(ours("serial", 0, 0, 3), "1") + "," + ours("fibers", 0, 0, 1) + "," +
              with_workers(ours("fibers", 0, 0, 2), "4")),
      "r.json");
  auto groups = reports::groups(read);
  ASSERT_THAT(groups, SizeIs(2));
  for (const auto& group : groups) {
    EXPECT_THAT(group.cells, SizeIs(2));
    ASSERT_TRUE(group.find("serial"));
    EXPECT_DOUBLE_EQ(group.find("serial")->samples[0]->time_ns, 3000);
  }
  EXPECT_EQ(groups[0].title(), "cpu/skynet leaves:10000 workers:2");
}

TEST(results, makes_no_group_for_a_baseline_that_is_absent) {
  std::string floor = ours("floor", 0, 0, 1);
  for (std::size_t at; (at = floor.find("workers:2")) != floor.npos;)
    floor.replace(at, 9, "workers:1");
  floor.replace(floor.find("\"workers\":2"), 11, "\"workers\":1");
  auto read = parse_results(
      file_of(floor + "," + ours("fibers", 0, 0, 2),
              R"({"contend_schema":1,"absent":[{"name":"cpu/skynet/serial/leaves:10000/workers:1",
                "workload":"cpu/skynet","model":"serial","params":{"leaves":10000},"workers":1,
                "reason":"cannot wait"}]})"),
      "r.json");
  auto groups = reports::groups(read);
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].title(), "cpu/skynet leaves:10000 workers:2");
  EXPECT_THAT(groups[0].cells, SizeIs(2));
  ASSERT_THAT(groups[0].absent, SizeIs(1));
  EXPECT_EQ(groups[0].absent[0]->model, "serial");
}

TEST(results, says_in_one_line_what_is_wrong_and_where) {
  EXPECT_EQ(failure(""), "r.json: the file is empty; a results file was expected");
  EXPECT_EQ(failure(" \n"), "r.json: the file is empty; a results file was expected");
  EXPECT_EQ(
      failure("{\"benchmarks\": [\n  {\"name\": \"a\","),
      "r.json: line 2, column 16: the file ends in the middle; it is truncated, write it again");
  EXPECT_EQ(failure("{\n\"benchmarks\": <html>"), "r.json: line 2, column 15: not JSON");
  EXPECT_EQ(failure("[1,2]"),
            "r.json: JSON, but not of a benchmark: it has no \"benchmarks\" list");
  EXPECT_EQ(failure(R"({"results":[]})"),
            "r.json: JSON, but not of a benchmark: it has no \"benchmarks\" list");
  EXPECT_EQ(failure(R"({"benchmarks":{}})"), "r.json: \"benchmarks\" is not a list");
  EXPECT_EQ(failure(R"({"benchmarks":[1]})"), "r.json: benchmarks[0] is not an object");
  EXPECT_EQ(failure(R"({"benchmarks":[{"name":7}]})"), "r.json: benchmarks[0] has no name");
  EXPECT_EQ(failure(file_of("", R"({"contend_schema":2})")),
            "r.json: written by a newer contend (contend_schema 2, this one reads up to 1)");
  EXPECT_THAT(failure("{\"benchmarks\":[{\"name\":\"a\",\"real_time\":1e999}]}"),
              HasSubstr("too large"));
  EXPECT_THAT(failure("{\"benchmarks\":[{\"name\":\"\xff\"}]}"), HasSubstr("not UTF-8"));
  EXPECT_THAT(failure(std::string(100'000, '[')), HasSubstr("ends in the middle"));
}

// Rows are parsed one by one where the text allows it; a bare NaN makes it be read as a whole.
TEST(results, are_the_same_whether_read_by_rows_or_as_a_whole) {
  const std::string odd =
      R"( {"name" : "BM_\"}],[{\\/8" , "real_time":1.5, "label":"]}\u007b\\", "x":[[{"a":"]"}]]} )";
  const std::string rows = odd + ",\n" + ours("fibers", 1, 0, 2.5) + " , " + odd;
  const std::string bare = R"(,{"name":"last","real_time":2,"y":NaN})";
  const auto by_rows = parse_results(file_of(rows + R"(,{"name":"last","real_time":2})"), "");
  const auto whole = parse_results(file_of(rows + bare), "");
  ASSERT_THAT(by_rows.rows, SizeIs(4));
  ASSERT_THAT(whole.rows, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(by_rows.rows[i].name, whole.rows[i].name);
    EXPECT_EQ(by_rows.rows[i].time_ns, whole.rows[i].time_ns);
    EXPECT_EQ(by_rows.rows[i].params, whole.rows[i].params);
    EXPECT_EQ(by_rows.rows[i].note, whole.rows[i].note);
  }
  EXPECT_EQ(by_rows.rows[0].name, R"(BM_"}],[{\/8)");
}

TEST(results, the_list_is_that_of_the_outermost_object) {
  const auto read =
      parse_results(R"({"context":{"benchmarks":[{"name":"no"}],"a":"\"benchmarks\":["},)"
                    R"("benchmarks" : [ {"name":"yes","real_time":1} ], "more": []})",
                    "");
  ASSERT_THAT(read.rows, SizeIs(1));
  EXPECT_EQ(read.rows[0].name, "yes");
}

TEST(results, a_list_that_is_not_json_between_its_rows_is_none) {
  for (const char* list : {R"({"name":"a"} {"name":"b"})", R"({"name":"a"},)", R"(,{"name":"a"})",
                           R"({"name":"a"},,{"name":"b"})", R"({"name":"a"]},{"name":"b"})",
                           R"({"name":"a",},{"name":"b"})"})
    EXPECT_THAT(failure(R"({"benchmarks":[)" + std::string(list) + "]}"), HasSubstr("not JSON"))
        << list;
}

TEST(results, of_many_rows_keep_their_order_on_any_number_of_processors) {
  std::string rows;
  for (int i = 0; i < 5000; ++i) rows += (i ? "," : "") + ours("fibers", i, i, i + 1);
  const auto read = parse_results(file_of(rows), "");
  ASSERT_THAT(read.rows, SizeIs(5000));
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(read.rows[i].sample, i);
}

TEST(results, says_that_a_file_is_missing) {
  EXPECT_THROW(reports::read_results("/nonexistent/r.json"), reports::results_error);
  EXPECT_THROW(reports::read_results("/tmp"), reports::results_error);
}

}  // namespace
