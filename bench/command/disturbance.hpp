#pragma once

#include <cstdint>
#include <string>

namespace command {

// Watches, over one sample, the processors that it runs on: the first `workers` of those that this
// process may use, as the harness holds a cell to them.
class disturbance {
 public:
  // A sample is disturbed where the hypervisor stole, or other programs used, more than this share
  // of those processors' time, and more than the counters' resolution: they count in 10 ms.
  static constexpr double most = 0.05, resolution_s = 0.02;

  explicit disturbance(int workers);

  // What disturbed the sample, which used `own_cpu_s` itself; empty where nothing did.
  std::string reason(double own_cpu_s) const;
  // Time stolen since the beginning, in seconds.
  double steal_s() const;

 private:
  struct usage {
    double busy_s = 0, steal_s = 0;
  };
  usage read() const;

  int workers_;
  usage before_;
  std::int64_t start_ns_;
};

}  // namespace command
