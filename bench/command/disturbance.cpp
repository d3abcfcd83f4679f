#include "bench/command/disturbance.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/clock.hpp"
#include "bench/command/system_files.hpp"

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
    sum.throttled += system_files{}.number(
        fmt::format("sys/devices/system/cpu/cpu{}/thermal_throttle/core_throttle_count", cpu), 0);
  }
  return sum;
}

double disturbance::steal_s() const { return read().steal_s - before_.steal_s; }

std::string disturbance::reason(double own_cpu_s, long major_faults) const {
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
  if (now.throttled > before_.throttled) return "heat slowed the processors";
  if (major_faults > 0)
    return fmt::format("waited for the disk {} time{} (major faults)", major_faults,
                       major_faults == 1 ? "" : "s");
  return {};
}

std::optional<double> frequency_mhz() {
  const auto khz = system_files{}.number("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", 0);
  return khz > 0 ? std::optional(static_cast<double>(khz) / 1e3) : std::nullopt;
}

std::optional<double> temperature_celsius() {
  std::optional<double> hottest;
  std::error_code none;
  for (const auto& zone : std::filesystem::directory_iterator{"/sys/class/thermal", none}) {
    const auto milli = system_files{zone.path()}.number("temp", 0);
    if (milli > 0) hottest = std::max(hottest.value_or(0), static_cast<double>(milli) / 1e3);
  }
  return hottest;
}

}  // namespace command
