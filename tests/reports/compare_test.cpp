#include "reports/judge/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>

namespace {

using namespace reports;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct made_cell {
  std::string name;
  double time;
  std::string error = {};
};

results made(const std::vector<made_cell>& cells, unsigned seed, int samples = 12) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, 0.005);
  results out;
  out.source = "r.json";
  out.context.schema = 1;
  out.context.fingerprint = "f";
  out.context.facts = {{"compiler", "g++ 12.2"}, {"cores", "2"}};
  for (int i = 0; i < samples; ++i)
    for (const made_cell& each : cells) {
      row one;
      one.name = one.workload = each.name;
      one.sample = one.block.emplace(i);
      if (!each.error.empty()) one.error = each.error;
      one.time_ns = each.time * std::exp(noise(random));
      one.cpu_ns = one.time_ns;
      one.counters["peak_bytes"] = 1e7;
      out.rows.push_back(one);
    }
  return out;
}

const judgement& row_of(const comparison& from, const std::string& name,
                        const std::string& field = "time_ns") {
  for (const judgement& each : from.rows)
    if (each.name == name && each.field == field) return each;
  throw std::out_of_range(name);
}

TEST(compare, names_the_row_that_became_slower_and_leaves_the_others_alone) {
  auto base = made({{"a", 1e6}, {"b", 2e6}, {"c", 3e6}}, 1);
  auto head = made({{"a", 1e6}, {"b", 2.2e6}, {"c", 2.7e6}}, 2);
  auto found = compare(base, head, {});
  EXPECT_EQ(row_of(found, "a").result, change::unchanged);
  EXPECT_EQ(row_of(found, "b").result, change::regressed);
  EXPECT_EQ(row_of(found, "b", "cpu_ns").result, change::regressed);
  EXPECT_EQ(row_of(found, "b", "peak_bytes").result, change::unchanged);
  EXPECT_EQ(row_of(found, "c").result, change::improved);
  EXPECT_NEAR(row_of(found, "b").effect.value, 1.1, 0.01);
  EXPECT_EQ(exit_status_of(found.rows), 2);
}

TEST(compare, does_not_take_the_blocks_of_two_runs_for_pairs) {
  auto base = made({{"a", 1e6}}, 1), head = made({{"a", 1e6}}, 2);
  auto apart = compare(base, head, {});
  EXPECT_FALSE(apart.paired);
  EXPECT_THAT(apart.warnings, Contains(HasSubstr("not pairs")));
  base.context.json["pairing"] = head.context.json["pairing"] = "7";
  EXPECT_TRUE(compare(base, head, {}).paired);
  EXPECT_TRUE(row_of(compare(base, head, {}), "a").paired);
}

TEST(compare, what_is_missing_or_invalid_cannot_be_judged) {
  auto base = made({{"a", 1e6}, {"b", 1e6}}, 1),
       head = made({{"b", 1e6, "wrong answer"}, {"c", 1}}, 2);
  auto found = compare(base, head, {});
  EXPECT_EQ(row_of(found, "a").reason, "not in HEAD");
  EXPECT_EQ(row_of(found, "b").reason, "invalid in HEAD: wrong answer");
  EXPECT_THAT(found.warnings, Contains("1 rows are only in HEAD and not judged"));
  EXPECT_EQ(exit_status_of(found.rows), 3);
}

TEST(compare, names_each_fact_that_differs) {
  auto base = made({}, 1), head = made({}, 2);
  EXPECT_THAT(differing_facts(base, head), IsEmpty());
  head.context.fingerprint = "g";
  head.context.facts["compiler"] = "g++ 13";
  head.context.facts["spin"] = "10";
  EXPECT_THAT(differing_facts(base, head), ElementsAre("compiler: g++ 12.2 in BASE, g++ 13 in HEAD",
                                                       "spin: nothing in BASE, 10 in HEAD"));
  head.context.fingerprint.clear();
  EXPECT_THAT(differing_facts(base, head), ElementsAre("fingerprint: only BASE has one"));
}

TEST(compare, holds_plain_files_against_each_other_by_what_they_say_of_the_machine) {
  results base, head;
  base.context.json = {{"num_cpus", 2}, {"mhz_per_cpu", 2000}};
  head.context.json = {{"num_cpus", 4}, {"mhz_per_cpu", 3000}};
  EXPECT_THAT(differing_facts(base, head), ElementsAre("num_cpus: 2 in BASE, 4 in HEAD"));
}

TEST(compare, the_last_override_that_fits_holds) {
  thresholds limits{0.03, {{"io/*", "", 0.1}, {"io/echo", "p99_ns", 0.2}}};
  EXPECT_EQ(limits.of("cpu/hash/fibers", "time_ns"), 0.03);
  EXPECT_EQ(limits.of("io/echo/fibers/n:1", "time_ns"), 0.1);
  EXPECT_EQ(limits.of("io/echo/fibers/n:1", "p99_ns"), 0.2);
}

TEST(compare, memory_and_tails_have_a_least_effect_that_only_their_own_override_goes_below) {
  thresholds limits{0.03, {{"io/*", "", 0.02}, {"cpu/hash", "peak_bytes", 0.01}}};
  EXPECT_EQ(limits.of("ring/fibers", "cpu_ns_per_task"), 0.03);
  EXPECT_EQ(limits.of("ring/fibers", "allocations_per_task"), 0.03);
  EXPECT_EQ(limits.of("ring/fibers", "peak_bytes"), 0.05);
  EXPECT_EQ(limits.of("ring/fibers", "p99_ns"), 0.1);
  EXPECT_EQ(limits.of("io/echo/fibers", "time_ns"), 0.02);
  EXPECT_EQ(limits.of("io/echo/fibers", "p99_ns"), 0.1);
  EXPECT_EQ(limits.of("cpu/hash/fibers", "peak_bytes"), 0.01);
}

// One allocation more a task, two more where there were a hundred, and a stray one where there was
// none: seen in a few observed pairs, whatever the number of timed ones.
TEST(compare, judges_allocations_in_the_pairs_that_have_them) {
  auto base = made({{"a", 1e6}, {"b", 1e6}, {"c", 1e6}}, 1, 30),
       head = made({{"a", 1e6}, {"b", 1e6}, {"c", 1e6}}, 2, 30);
  base.context.json["pairing"] = head.context.json["pairing"] = "7";
  auto observe = [](results& of, double a, double b, double c) {
    for (row& each : of.rows)
      if (*each.block < 10)
        each.counters["allocations_per_task"] = each.name == "a" ? a : each.name == "b" ? b : c;
  };
  observe(base, 2, 100, 0);
  observe(head, 3, 102, 0.005);
  auto found = compare(base, head, {});
  const auto& more = row_of(found, "a", "allocations_per_task");
  EXPECT_EQ(more.result, change::regressed);
  EXPECT_EQ(more.base_samples, 10u);
  EXPECT_DOUBLE_EQ(more.effect.value, 1.5);
  EXPECT_EQ(row_of(found, "b", "allocations_per_task").result, change::unchanged);
  EXPECT_EQ(row_of(found, "c", "allocations_per_task").result, change::unchanged);
  EXPECT_EQ(row_of(found, "a").base_samples, 30u);
}

TEST(compare, reads_overrides_and_says_which_line_is_wrong) {
  const std::string file = testing::TempDir() + "thresholds";
  auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  write("# comment\n\nio/* 10%  # slow\nio/echo p99_ns 20%\n");
  auto read = read_overrides(file);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1].field, "p99_ns");
  EXPECT_DOUBLE_EQ(read[1].share, 0.2);
  for (const char* wrong :
       {"ok 1%\nio/*\n", "ok 1%\na b c d\n", "ok 1%\na speed 3%\n", "ok 1%\na 3\n"}) {
    write(wrong);
    try {
      read_overrides(file);
      ADD_FAILURE() << wrong;
    } catch (const results_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("line 2: "));
    }
  }
}

TEST(compare, percentages_need_their_sign) {
  EXPECT_DOUBLE_EQ(parse_percent("3%"), 0.03);
  EXPECT_DOUBLE_EQ(parse_percent("2.5 %"), 0.025);
  for (const char* wrong : {"", "3", "%", "x%", "-1%", "nan%", "3%%x"})
    EXPECT_THROW(parse_percent(wrong), std::invalid_argument) << wrong;
}

comparison hostile() {
  const std::string name = "<script>|`@user`\x1b[31m]]>\n::error::%0A";
  auto base = made({{name, 1e6}, {"b", 1e6}, {"c", 1e6}}, 1);
  auto head = made({{name, 2e6}, {"b", 1e6}, {"c", 1e6, "<b>bad</b>"}}, 2);
  return compare(base, head, {});
}

TEST(compare, every_output_shows_a_hostile_name_as_text) {
  auto found = hostile();
  auto markdown = comparison_markdown(found), junit = comparison_junit(found);
  EXPECT_THAT(markdown,
              AllOf(Not(HasSubstr("<script>")), Not(HasSubstr("@user")), Not(HasSubstr("<b>"))));
  EXPECT_THAT(junit, AllOf(Not(HasSubstr("<script>")), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(comparison_text(found, 80, false), Not(HasSubstr("\x1b")));
  auto annotations = comparison_annotations(found);
  EXPECT_THAT(annotations, StartsWith("::warning title=Benchmarks::"));
  EXPECT_THAT(annotations, Not(HasSubstr("\n::error::%0A")));
  EXPECT_THAT(annotations, HasSubstr("\n::error title=<script>|`@user`?[31m]]>?%3A%3Aerror"));
}

TEST(compare, json_holds_every_judgement) {
  auto read = nlohmann::json::parse(comparison_json(hostile()));
  EXPECT_EQ(read["count"]["regressed"], 2);
  EXPECT_EQ(read["rows"].size(), 7u);  // three fields of two, and the invalid one
  EXPECT_EQ(read["rows"][0]["verdict"], "regressed");
  EXPECT_NEAR(read["rows"][0]["ratio"].get<double>(), 2, 0.05);
}

TEST(compare, junit_counts_what_it_holds) {
  EXPECT_THAT(comparison_junit(hostile()),
              HasSubstr("tests=\"7\" failures=\"2\" errors=\"1\" skipped=\"0\""));
}

TEST(compare, markdown_puts_the_changed_rows_first_and_stays_below_sixty_kilobytes) {
  std::vector<made_cell> many;
  for (int i = 0; i < 1000; ++i) many.push_back({"a/long/enough/name/" + std::to_string(i), 1e6});
  auto base = made(many, 1);
  many[999].time = 2e6;
  auto text = comparison_markdown(compare(base, made(many, 2), {}));
  EXPECT_LT(text.size(), 60'000u);
  EXPECT_LT(text.find("/name/999"), text.find("<details>"));
  EXPECT_THAT(text, HasSubstr("more rows do not fit here"));
}

}  // namespace
