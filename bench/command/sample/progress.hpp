#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/command/sample/plan.hpp"

namespace command {

// Says on standard error how far a run is and how long it will take: a bar that is drawn over on a
// terminal, a line every few seconds elsewhere.
class progress {
 public:
  progress(const std::vector<planned>& plan, std::size_t cells, bool quiet);
  ~progress();

  void skip(const planned& done);  // done in an earlier run
  void begin(const planned& next, const std::string& name);
  void end(const planned& done, double seconds, bool invalid);
  void draw();  // also called while a sample runs
  // From now on the end comes when this time is over, however many samples that makes.
  void time_left(double seconds);
  // A line of its own, above the bar.
  void say(const std::string& line);

 private:
  double seconds_left() const;
  void clear_bar();

  std::size_t planned_;
  struct seen {
    double seconds = 0;
    int samples = 0, left = 0;
  };
  std::vector<seen> cells_;
  std::string current_;
  std::size_t done_ = 0, invalid_ = 0;
  double busy_s_ = 0;
  std::optional<double> time_left_s_;
  std::int64_t begun_ns_ = 0, drawn_ns_ = 0;
  bool quiet_, terminal_, bar_ = false, running_ = false;
};

}  // namespace command
