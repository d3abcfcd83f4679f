#pragma once

#include <string>
#include <vector>

#include "reports/judge/verdict.hpp"

namespace reports {

// The groups of one workload that differ in one number only: N, or the workers.
struct series {
  struct point {
    double x;
    const ranking* at;
  };
  std::string workload;
  std::string axis;           // the parameter's name, or "workers"
  std::string held;           // what all points share: "workers:2"
  std::vector<point> points;  // in order of x; at least two
};
std::vector<series> series_of(const std::vector<ranking>& from);

// Where `over` becomes faster than `under` as x grows. The ratio of their times is taken as
// straight between measured points in a log-log chart, and so are the ends of its interval: the
// crossover lies where the ratio passes 1, its interval where those ends do.
struct crossover {
  const series* along = nullptr;
  std::string over, under;
  double x = 0;
  interval range;
  double measured_below = 0, measured_above = 0;  // the points that it is read from
  bool leads = false;  // the best model changes here, or one tied with it
  // Measured to cross, but on too few samples to tell: `x` and `range` mean nothing.
  bool thin = false;

  std::string words() const;
};
std::vector<crossover> crossovers(const std::vector<series>& from);

}  // namespace reports
