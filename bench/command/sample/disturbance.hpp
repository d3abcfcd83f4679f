#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace command {

// Watches, over one sample, the processors that it runs on: the first `workers` of those that this
// process may use, as the harness holds a cell to them.
class disturbance {
 public:
  // A sample is disturbed where the hypervisor stole, or other programs used, more than this share
  // of those processors' time, and more than the counters' resolution: they count in 10 ms. In a
  // sample that is shorter than `window_s` nothing would be that much, so what went before it is
  // looked at, too, up to that.
  static constexpr double most = 0.05, resolution_s = 0.02, window_s = 0.2;

  explicit disturbance(int workers);

  // What disturbed the sample, which has ended and waited for the disk `major_faults` times itself;
  // empty where nothing did.
  std::string reason(long major_faults) const;
  // Time stolen since the beginning, in seconds.
  double steal_s() const;

 private:
  struct usage {
    double busy_s = 0, steal_s = 0;
    std::int64_t throttled = 0;  // times that heat slowed the processor
    usage& operator+=(const usage& other);
  };
  struct reading {
    std::int64_t at_ns = 0;
    std::vector<usage> processors{};  // those that this process may use
    double own_cpu_s = 0;             // of this process, and of all that it has reaped
  };
  static reading read();
  usage used(const reading& from, const reading& to) const;

  int workers_;
  reading before_;
  static std::deque<reading> earlier_;  // the last of earlier samples
};

// Of the first processor, where the kernel shows it.
std::optional<double> frequency_mhz();
// The hottest sensor, where the kernel shows any.
std::optional<double> temperature_celsius();

}  // namespace command
