#include "reports/render/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "reports/base/text.hpp"

namespace {

using namespace reports;
using testing::HasSubstr;
using testing::Not;

// Samples around `time` within one per cent, in blocks.
void add(results& to, const std::string& workload, const std::string& model, double time,
         int samples = 10, int workers = 2) {
  for (int i = 0; i < samples; ++i) {
    row one;
    one.workload = workload;
    one.model = model;
    one.params = {{"n", "100"}};
    one.workers = workers;
    one.name = workload + "/" + model + "/n:100/workers:" + std::to_string(workers);
    one.sample = one.block.emplace(i);
    one.time_ns = time * (1 + 0.01 * ((i * 7 + model.size() * 3) % 10 - 4.5) / 4.5);
    to.rows.push_back(one);
  }
}

results known_truth() {
  results out;
  out.context.schema = 1;
  add(out, "cpu/hash", "coroutines", 100e3);
  add(out, "cpu/hash", "fibers", 100e3);
  add(out, "cpu/hash", "threads", 1500e3);
  add(out, "cpu/hash", "serial", 50e3, 10, 1);
  add(out, "io/echo", "coroutines", 2e6);
  add(out, "io/echo", "fibers", 3e6);
  row broken;
  broken.workload = "io/echo";
  broken.model = "threads";
  broken.params = {{"n", "100"}};
  broken.workers = 2;
  broken.name = "io/echo/threads/n:100/workers:2";
  broken.error = "timed out after 10 s";
  out.rows.push_back(broken);
  for (const char* workload : {"cpu/hash", "io/echo"}) {
    absent_cell gone;
    gone.workload = workload;
    gone.model = "processes";
    gone.reason = "a process cannot be handed a socket";
    out.absent.push_back(gone);
  }
  return out;
}

std::string line_with(const std::string& text, const std::string& word) {
  auto at = text.find(word);
  if (at == text.npos) return {};
  auto from = text.rfind('\n', at);
  from = from == text.npos ? 0 : from + 1;
  return text.substr(from, text.find('\n', at) - from);
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  for (std::size_t from = 0; from < text.size();) {
    auto end = std::min(text.find('\n', from), text.size());
    most = std::max(most, columns(text.substr(from, end - from)));
    from = end + 1;
  }
  return most;
}

TEST(table, names_the_best_the_tied_and_the_slower_with_their_intervals) {
  std::string text = text_table(known_truth(), {80, false});
  std::string hash = text.substr(0, text.find("io/echo")), echo = text.substr(hash.size());
  EXPECT_THAT(line_with(hash, "coroutines"), HasSubstr("tied"));
  EXPECT_THAT(line_with(hash, "fibers"), HasSubstr("tied"));
  EXPECT_THAT(line_with(hash, "threads"), HasSubstr("1.50 ms"));
  EXPECT_THAT(line_with(hash, "threads"), HasSubstr("15."));
  EXPECT_THAT(line_with(hash, "serial"), HasSubstr("0.50×"));
  EXPECT_THAT(line_with(echo, "coroutines"), HasSubstr("best"));
  EXPECT_THAT(line_with(echo, "fibers"), HasSubstr("1.49×"));  // median of pairs
  EXPECT_THAT(line_with(echo, "fibers"), HasSubstr(" to 1.5"));
}

TEST(table, names_what_has_no_number_with_its_cause_each_reason_once) {
  std::string text = text_table(known_truth(), {80, false});
  EXPECT_THAT(text, HasSubstr("timed out after 10 s: threads in io/echo n:100 workers:2"));
  EXPECT_THAT(text,
              HasSubstr("a process cannot be handed a socket: processes in cpu/hash, io/echo"));
  EXPECT_EQ(text.find("handed a socket"), text.rfind("handed a socket"));
  EXPECT_THAT(line_with(text, "invalid"), HasSubstr("threads"));
}

TEST(table, fits_its_width_in_both_forms) {
  for (int width : {60, 80, 100, 132, 200}) {
    std::string text = text_table(known_truth(), {width, false});
    EXPECT_LE(widest(text), static_cast<std::size_t>(width)) << text;
  }
  EXPECT_THAT(text_table(known_truth(), {200, false}), HasSubstr("coroutines   "));
  EXPECT_EQ(line_with(text_table(known_truth(), {200, false}), "serial").find("cpu/hash"),
            std::string::npos);
}

TEST(table, claims_nothing_from_one_sample) {
  results one;
  one.context.schema = 1;
  add(one, "cpu/hash", "coroutines", 100e3, 1);
  add(one, "cpu/hash", "fibers", 200e3, 1);
  for (int width : {40, 80}) {
    std::string text = text_table(one, {width, false});
    EXPECT_THAT(text, Not(HasSubstr("best")));
    EXPECT_THAT(text, Not(HasSubstr("tied")));
    EXPECT_THAT(text, Not(HasSubstr("±")));
    EXPECT_THAT(text, HasSubstr("interval is claimed"));
    EXPECT_THAT(text, HasSubstr("2.04×"));
  }
}

TEST(table, is_coloured_only_when_asked) {
  EXPECT_THAT(text_table(known_truth(), {80, false}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_table(known_truth(), {80, true}), HasSubstr("\x1b[32m"));
  std::string coloured = text_table(known_truth(), {80, true});
  EXPECT_EQ(std::regex_replace(coloured, std::regex("\x1b\\[[0-9]*m"), ""),
            text_table(known_truth(), {80, false}));
}

TEST(table, shows_files_of_other_projects_by_name) {
  results plain;
  for (const char* name : {"BM_copy/64", "BM_copy/128"})
    for (int i = 0; i < 5; ++i) {
      row one;
      one.name = one.workload = name;
      one.time_ns = 42 + i * 0.1;
      one.cpu_ns = 41;
      plain.rows.push_back(one);
    }
  std::string text = text_table(plain, {80, false});
  EXPECT_THAT(line_with(text, "BM_copy/64"), HasSubstr("42.2 ns"));
  EXPECT_THAT(line_with(text, "BM_copy/64"), HasSubstr("41.0 ns"));
}

TEST(table, does_not_let_a_name_steer_the_terminal) {
  results hostile;
  row one;
  one.name = one.workload = "BM\x1b[2J\xc2\x9b\xe2\x80\xae";
  one.time_ns = 1;
  hostile.rows.push_back(one);
  EXPECT_THAT(text_table(hostile), Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_table(hostile), HasSubstr("BM?[2J??"));
}

TEST(table, says_so_when_there_is_nothing) {
  EXPECT_EQ(text_table(results{}), "No cell has been measured.\n");
}

TEST(table, writes_three_digits_and_a_sensible_unit) {
  EXPECT_EQ(duration_text(0.5), "0.50 ns");
  EXPECT_EQ(duration_text(999.4), "999 ns");
  EXPECT_EQ(duration_text(999.6), "1.00 µs");
  EXPECT_EQ(duration_text(12.34e6), "12.3 ms");
  EXPECT_EQ(duration_text(3600e9), "3600 s");
  EXPECT_EQ(value_text("peak_bytes", 1536), "1.50 KiB");
  EXPECT_EQ(value_text("page_faults", 12), "12");
  EXPECT_EQ(change_text(1.052), "+5.2 %");
  EXPECT_EQ(change_text(0.99999), "±0.0 %");
  EXPECT_EQ(change_text(0.9), "−10.0 %");
  EXPECT_EQ(change_text(12), "12.0×");
}

}  // namespace
