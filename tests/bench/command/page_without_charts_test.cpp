// The page of a program that was built where npm could not be had: this file gives it the assets,
// all but the charts' libraries.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "reports/base/assets.hpp"
#include "reports/judge/findings.hpp"
#include "reports/render/page.hpp"
#include "reports/render/svg.hpp"
#include "tests/shared/command_line.hpp"

// Taken instead of the one in the library, which comes from the build.
reports::asset reports::asset_of(std::string_view name) {
  static std::map<std::string, std::string, std::less<>> files;
  if (name.ends_with(".min.js")) return {};
  auto at = files.find(name);
  if (at == files.end()) {
    std::ifstream in{CONTEND_SOURCE_DIR "/reports/web/" + std::string(name)};
    at = files.emplace(name, std::string{std::istreambuf_iterator<char>{in}, {}}).first;
  }
  return {at->second, "00"};
}

namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

std::string page(int samples = 6) {
  using json = nlohmann::json;
  json rows = json::array();
  for (const char* workload : {"cpu/hash", "io/echo"})
    for (int model = 0; model < 2; ++model)
      for (int n : {10, 100})
        for (int sample = 0; sample < samples; ++sample) {
          const std::string title = model == 0 ? "fibers" : "coroutines";
          const auto name = std::string(workload) + "/" + title + "/n:" + std::to_string(n);
          rows.push_back({{"name", name},
                          {"workload", workload},
                          {"model", title},
                          {"params", {{"n", n}}},
                          {"block", sample},
                          {"real_time", n * (1.5 - 0.25 * model) * (1 + 0.001 * sample)},
                          {"peak_bytes", 4096 * n}});
        }
  const json file{{"context", {{"contend_schema", 1}}}, {"benchmarks", rows}};
  const auto all =
      std::make_unique<reports::findings>(reports::parse_results(file.dump(), "made.json"));
  return reports::html_page(std::span(&all, 1));
}

TEST(a_page_without_charts, has_every_table_and_verdict_and_says_what_is_missing) {
  const auto text = page();
  EXPECT_THAT(text, HasSubstr("There are no charts: npm could not install Vega"));
  EXPECT_EQ(count(text, "<table class=\"numbers\""), 2u);
  EXPECT_EQ(count(text, "<table class=\"heat\""), 1u);
  EXPECT_EQ(count(text, "<article class=\"verdict\""), 2u);
  EXPECT_EQ(count(text, "<tr data-m="), 8u);
  EXPECT_THAT(text, HasSubstr("data-v=\"409600\""));
  EXPECT_THAT(text, HasSubstr("ahead of fibers"));
}

TEST(a_page_without_charts, has_neither_specs_nor_libraries) {
  const auto text = page();
  EXPECT_THAT(text, Not(HasSubstr("w0-charts\">[")));
  EXPECT_THAT(text, Not(HasSubstr("vega-lite/v6")));
  EXPECT_LT(text.size(), 100'000u);
}

TEST(a_page_without_charts, says_why_it_is_not_sure_and_what_would_make_it_so) {
  const auto text = page(3);
  EXPECT_EQ(count(text, "not sure</span>"), 2u);
  EXPECT_THAT(text, HasSubstr("Measured fastest, but that is not sure: cpu/hash n:10 has 3 samples "
                              "of coroutines, and an interval needs 5: measure with --samples 5 "
                              "or more."));
}

// As the build makes them where there is no npm: empty files, and a warning that says so.
TEST(a_page_without_charts, is_what_a_build_without_npm_warns_of) {
  const tests::scratch folder;
  const auto made = tests::shell(
      "cmake -D SOURCE=" CONTEND_SOURCE_DIR "/reports/web -D WORK=" + (folder / "work").string() +
      " -D OUT=" + (folder / "out").string() +
      " -D NPM= -P " CONTEND_SOURCE_DIR "/cmake/chart_libraries.cmake");
  EXPECT_EQ(made.status, 0) << made.output;
  EXPECT_THAT(made.output, HasSubstr("contend report will have no charts"));
  EXPECT_THAT(made.output, testing::ContainsRegex("npm was not[ \n]+found"));
  for (const char* library : {"vega", "vega-lite", "vega-embed"}) {
    const auto file = folder / "out" / (std::string(library) + ".min.js");
    ASSERT_TRUE(std::filesystem::exists(file)) << file;
    EXPECT_EQ(std::filesystem::file_size(file), 0u);
  }
}

}  // namespace
