#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace bench {

// What the process tree has used since it began.
struct cost {
  std::int64_t cpu_ns = 0;
  std::int64_t voluntary_switches = 0;
  std::int64_t involuntary_switches = 0;
  std::int64_t page_faults = 0;

  cost& operator+=(const cost& other);
};

// The cost of what stands between its construction and `end`: of this process, of the children that
// it reaps meanwhile, and the CPU time of the live ones in `children`, peers left out. The CPU
// clock is read last before and first after, so that the reading itself is next to nothing.
class cost_meter {
 public:
  explicit cost_meter(const std::vector<pid_t>& children);
  cost end() const;

 private:
  const std::vector<pid_t>& children_;
  cost start_;
};

// The children that this process has now.
std::vector<pid_t> live_children();

// Bytes of the tree's largest resident size so far: VmHWM of this process and its live children.
std::int64_t peak_bytes(const std::vector<pid_t>& children);

}  // namespace bench
