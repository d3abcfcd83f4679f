#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace command {

// How many runs a sample times, by the cell's name. Google Benchmark looks for the number in a
// cell's first sample, in rounds that warm up anew each time; the samples after it are told, so
// that they spend their time on what is timed, and all samples of a cell, of both sides of a
// comparison, are the same work.
class calibration {
 public:
  explicit calibration(double min_time_s) : min_time_s_{min_time_s} {}

  double min_time_s() const { return min_time_s_; }

  // 0: to be looked for.
  long runs(const std::string& cell) const;

  // What a finished sample's row says. Where its runs were far too few to fill the least time, as
  // they are when something held up the first sample, the next one looks again.
  void learn(const std::string& cell, const nlohmann::ordered_json& row);

 private:
  double min_time_s_;
  std::map<std::string, long> runs_;
};

}  // namespace command
