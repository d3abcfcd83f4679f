// `contend compare` as a user meets it, with files as they come.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/shared/command_line.hpp"

namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using tests::shell;

// Results of one cell in twelve samples around `time_ns`.
json made(double time_ns) {
  json out;
  out["context"] = {
      {"contend_schema", 1},
      {"started", "2026-01-01T00:00:00Z"},
      {"complete", true},
      {"fingerprint",
       {{"hash", "f"},
        {"facts", {{"compiler", "GNU"}, {"flags", "-O3"}, {"cores", "2"}, {"set.spin", "500"}}}}}};
  for (int i = 0; i < 12; ++i)
    out["benchmarks"].push_back({{"name", "cpu/a/fibers/workers:1"},
                                 {"run_type", "iteration"},
                                 {"iterations", 1},
                                 {"real_time", time_ns * (1 + 0.001 * (i * 5 % 12))},
                                 {"cpu_time", time_ns},
                                 {"time_unit", "ns"},
                                 {"workload", "cpu/a"},
                                 {"model", "fibers"},
                                 {"sample", i},
                                 {"block", i}});
  return out;
}

class contend_compare : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream{folder_ / name} << text;
    return (folder_ / name).string();
  }
  std::string file(const std::string& name, const json& results) {
    return file(name, results.dump());
  }
  tests::finished compare(const std::string& arguments) {
    return shell(tests::contend + " compare " + arguments);
  }

  tests::scratch folder_;
  std::string base_ = file("base.json", made(1000));
};

TEST_F(contend_compare, tells_by_its_exit_status_what_became_of_it) {
  EXPECT_EQ(compare(base_ + " " + base_).status, 0);
  EXPECT_EQ(compare(base_ + " " + file("slow.json", made(1200))).status, 2);
  EXPECT_EQ(compare(base_ + " " + file("fast.json", made(800))).status, 0);
}

TEST_F(contend_compare, names_each_fact_that_forbids_it_and_exits_with_3) {
  for (const auto& [fact, value] :
       {std::pair{"compiler", "Clang"}, {"flags", "-O2"}, {"cores", "64"}, {"set.spin", "0"}}) {
    auto other = made(1000);
    other["context"]["fingerprint"]["hash"] = "g";
    other["context"]["fingerprint"]["facts"][fact] = value;
    const auto both = base_ + " " + file("other.json", other);
    const auto f = compare(both);
    EXPECT_EQ(f.status, 3) << f.output;
    EXPECT_THAT(f.output, HasSubstr(std::string{fact} + ": "));
    EXPECT_THAT(f.output, HasSubstr(std::string{value} + " in HEAD"));
    EXPECT_THAT(compare(both + " --force").output, HasSubstr("FORCED"));
  }
}

TEST_F(contend_compare, says_in_one_line_what_is_wrong_with_a_file) {
  const auto whole = made(1000).dump();
  for (const auto& wrong :
       {file("empty", std::string{}), file("truncated", whole.substr(0, whole.size() / 2)),
        file("text", std::string{"not JSON\n"}), file("list", json::array({1, 2})),
        file("other", json{{"name", "something else"}}), file("bytes", std::string(1000, '\xff')),
        file("deep", std::string(100'000, '[')), (folder_ / "missing").string(),
        std::string{"/proc/self"}}) {
    const auto f = compare(base_ + " " + wrong);
    EXPECT_EQ(f.status, 1) << wrong << f.output;
    EXPECT_EQ(std::ranges::count(f.output, '\n'), 1) << wrong << f.output;
    EXPECT_THAT(f.output, HasSubstr(wrong));
  }
}

TEST_F(contend_compare, swapped_files_are_noticed) {
  auto later = made(1000);
  later["context"]["started"] = "2026-01-02T00:00:00Z";
  EXPECT_THAT(compare(file("later.json", later) + " " + base_).output, HasSubstr("swapped?"));
}

TEST_F(contend_compare, a_hostile_name_is_text_wherever_it_goes) {
  auto hostile = made(1200);
  const std::string name = "<script>alert(1)</script>\x1b[31m\n::error::x";
  for (auto& row : hostile["benchmarks"]) row["name"] = name;
  auto before = made(1000);
  for (auto& row : before["benchmarks"]) row["name"] = name;
  const auto out = [&](const char* kind) { return (folder_ / kind).string(); };
  const auto f = compare(file("b", before) + " " + file("h", hostile) + " --svg " + out("svg") +
                         " --markdown " + out("md") + " --junit " + out("xml") + " --github");
  EXPECT_EQ(f.status, 2) << f.output;
  EXPECT_THAT(f.output, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\n::error::x"))));
  for (const char* kind : {"svg", "md", "xml"}) {
    std::ifstream in{folder_ / kind};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_THAT(text, AllOf(Not(HasSubstr("<script>")), Not(HasSubstr("\x1b")))) << kind;
    EXPECT_GT(text.size(), 100u);
  }
}

}  // namespace
