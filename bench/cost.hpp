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

  cost operator-(const cost& other) const;
  cost& operator+=(const cost& other);
};

// This process, its reaped children, and the CPU time of the live ones in `children`.
cost cost_now(const std::vector<pid_t>& children);

// The children that this process has now.
std::vector<pid_t> live_children();

// Bytes of the tree's largest resident size so far: VmHWM of this process and its live children.
std::int64_t peak_bytes(const std::vector<pid_t>& children);

}  // namespace bench
