#pragma once

#include <cstdint>

namespace bench {

// What the process tree has used since it began.
struct cost {
  std::int64_t cpu_ns = 0;
  std::int64_t voluntary_switches = 0;
  std::int64_t involuntary_switches = 0;
  std::int64_t page_faults = 0;

  cost& operator+=(const cost& other);
  friend cost operator-(const cost& a, const cost& b);
};

}  // namespace bench
