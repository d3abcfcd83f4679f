// Values of a row's parameters, given with --set.

#include "bench/registry/sweep.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct downloads {
  struct input {
    long images, idle;
    bool keep_alive;
  };
  static bench::params describe(const input& in) {
    return {{"images", std::to_string(in.images)},
            {"idle", std::to_string(in.idle)},
            {"keep_alive", in.keep_alive ? "1" : "0"}};
  }
  static bench::demand demand(const input& in) { return {in.images}; }
  static long expected(const input& in) { return in.images; }
};

std::vector<std::string> swept(const std::string& key, std::vector<long> values) {
  bench::settings s;
  s.sweeps[key] = std::move(values);
  std::vector<std::string> shown;
  using size = bench::size_of<downloads>;
  const auto few = std::make_shared<size>(downloads::input{100, 0, true});
  const auto more = std::make_shared<size>(downloads::input{100, 5, true});
  for (const auto& each : bench::swept({few, more}, s)) {
    const auto& in = dynamic_cast<const size&>(*each).in;
    shown.push_back(fmt::format("{} {} {}", in.images, in.idle, in.keep_alive));
  }
  return shown;
}

using rows = std::vector<std::string>;

TEST(a_sweep, gives_a_parameter_each_of_its_values_once) {
  EXPECT_EQ(swept("images", {10, 20}), (rows{"10 0 true", "20 0 true", "10 5 true", "20 5 true"}));
  EXPECT_EQ(swept("idle", {7}), (rows{"100 7 true"}));
}

TEST(a_sweep, turns_switches_off_and_on) {
  EXPECT_EQ(swept("keep_alive", {0, 1}),
            (rows{"100 0 false", "100 0 true", "100 5 false", "100 5 true"}));
  EXPECT_THROW(swept("keep_alive", {2}), std::invalid_argument);
}

TEST(a_sweep, takes_a_zero_only_where_some_size_has_one) {
  EXPECT_EQ(swept("idle", {0}), (rows{"100 0 true"}));
  EXPECT_THROW(swept("images", {0}), std::invalid_argument);
}

}  // namespace
