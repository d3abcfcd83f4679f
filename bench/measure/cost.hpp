#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "bench/base/process_cost.hpp"

namespace bench {

// Switches and page faults of living processes since each began, all but CPU time; peers are left
// out. It takes some 50 us for each, so it is read once for many runs.
cost counts_of(const std::vector<pid_t>& processes);

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

// Bytes of the tree's largest proportional size so far: of this process and of its live children,
// each at its own peak; pages that n processes share count 1/n for each.
std::int64_t peak_bytes(const std::vector<pid_t>& children);

}  // namespace bench
