#include "bench/command/disturbance.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "bench/clock.hpp"

namespace command {

disturbance::disturbance(int workers)
    : workers_{workers}, before_{read()}, start_ns_{bench::now_ns()} {}

// Busy is what is not idle: the kernel measures idle time, and only samples the rest.
disturbance::usage disturbance::read() const {
  const double tick_s = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  cpu_set_t ours;
  if (::sched_getaffinity(0, sizeof ours, &ours) != 0) return {};
  const double now_s = 1e-9 * static_cast<double>(bench::now_ns());
  usage sum;
  int counted = 0;
  std::ifstream in{"/proc/stat"};
  for (std::string line; counted < workers_ && std::getline(in, line);) {
    int cpu = 0;
    double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
    if (!line.starts_with("cpu") || line.starts_with("cpu ")) continue;
    std::istringstream{line.substr(3)} >> cpu >> user >> nice >> system >> idle >> iowait >> irq >>
        softirq >> steal;
    if (!CPU_ISSET(cpu, &ours)) continue;
    ++counted;
    sum.busy_s += now_s - (idle + iowait + steal) * tick_s;
    sum.steal_s += steal * tick_s;
  }
  return sum;
}

double disturbance::steal_s() const { return read().steal_s - before_.steal_s; }

std::string disturbance::reason(double own_cpu_s) const {
  const auto now = read();
  const double wall_s = 1e-9 * static_cast<double>(bench::now_ns() - start_ns_);
  const double capacity_s = wall_s * workers_;
  const double steal_s = now.steal_s - before_.steal_s;
  const double others_s = now.busy_s - before_.busy_s - own_cpu_s;
  const auto much = [&](double s) { return s > resolution_s && s > most * capacity_s; };
  if (much(steal_s))
    return fmt::format("the hypervisor took {:.0f} % of the time", 100 * steal_s / capacity_s);
  if (much(others_s))
    return fmt::format("other programs took {:.0f} % of the time", 100 * others_s / capacity_s);
  return {};
}

}  // namespace command
