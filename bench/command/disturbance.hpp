#pragma once

#include <cstdint>
#include <optional>
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

  // What disturbed the sample, which used `own_cpu_s` and waited for the disk `major_faults` times
  // itself; empty where nothing did.
  std::string reason(double own_cpu_s, long major_faults) const;
  // Time stolen since the beginning, in seconds.
  double steal_s() const;

 private:
  struct usage {
    double busy_s = 0, steal_s = 0;
    std::int64_t throttled = 0;  // times that heat slowed the processors
  };
  usage read() const;

  int workers_;
  usage before_;
  std::int64_t start_ns_;
};

// Of the first processor, where the kernel shows it.
std::optional<double> frequency_mhz();
// The hottest sensor, where the kernel shows any.
std::optional<double> temperature_celsius();

}  // namespace command
