#include "bench/base/process_cost.hpp"

namespace bench {

cost& cost::operator+=(const cost& other) {
  cpu_ns += other.cpu_ns;
  voluntary_switches += other.voluntary_switches;
  involuntary_switches += other.involuntary_switches;
  page_faults += other.page_faults;
  return *this;
}

cost operator-(const cost& a, const cost& b) {
  return {a.cpu_ns - b.cpu_ns, a.voluntary_switches - b.voluntary_switches,
          a.involuntary_switches - b.involuntary_switches, a.page_faults - b.page_faults};
}

}  // namespace bench
