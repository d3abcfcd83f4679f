#include "bench/command/sample/disturbance.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/command/common/system_files.hpp"
#include "bench/measure/clock.hpp"

namespace command {

namespace {

double own_cpu_s() {
  double sum = 0;
  for (const auto whose : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    ::getrusage(whose, &used);
    for (const auto& t : {used.ru_utime, used.ru_stime})
      sum += static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  }
  return sum;
}

}  // namespace

std::deque<disturbance::reading> disturbance::earlier_;

disturbance::disturbance(int workers) : workers_{workers}, before_{read()} {
  const auto oldest = before_.at_ns - static_cast<std::int64_t>(1e9 * window_s);
  while (!earlier_.empty() && earlier_.front().at_ns < oldest) earlier_.pop_front();
  earlier_.push_back(before_);
}

disturbance::usage& disturbance::usage::operator+=(const usage& other) {
  busy_s += other.busy_s;
  steal_s += other.steal_s;
  throttled += other.throttled;
  return *this;
}

// Busy is what is not idle: the kernel measures idle time, and only samples the rest.
disturbance::reading disturbance::read() {
  reading r{.at_ns = bench::now_ns(), .own_cpu_s = own_cpu_s()};
  const double tick_s = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  cpu_set_t ours;
  if (::sched_getaffinity(0, sizeof ours, &ours) != 0) return r;
  std::ifstream in{"/proc/stat"};
  for (std::string line; std::getline(in, line);) {
    int cpu = 0;
    double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
    if (!line.starts_with("cpu")) break;
    if (line.starts_with("cpu ")) continue;
    std::istringstream{line.substr(3)} >> cpu >> user >> nice >> system >> idle >> iowait >> irq >>
        softirq >> steal;
    if (!CPU_ISSET(cpu, &ours)) continue;
    r.processors.push_back(
        {1e-9 * static_cast<double>(r.at_ns) - (idle + iowait + steal) * tick_s, steal * tick_s,
         system_files{}.number(
             fmt::format("sys/devices/system/cpu/cpu{}/thermal_throttle/core_throttle_count", cpu),
             0)});
  }
  return r;
}

disturbance::usage disturbance::used(const reading& from, const reading& to) const {
  usage sum;
  const auto workers =
      std::min({static_cast<std::size_t>(workers_), from.processors.size(), to.processors.size()});
  for (std::size_t i = 0; i < workers; ++i) {
    const auto &now = to.processors[i], &then = from.processors[i];
    sum += {now.busy_s - then.busy_s, now.steal_s - then.steal_s, now.throttled - then.throttled};
  }
  return sum;
}

double disturbance::steal_s() const { return used(before_, read()).steal_s; }

std::string disturbance::reason(long major_faults) const {
  const auto now = read();
  const auto since = [&](const reading& then) {
    return 1e-9 * static_cast<double>(now.at_ns - then.at_ns);
  };
  const auto* from = &before_;
  for (const auto& each : earlier_)
    if (since(each) <= window_s && each.at_ns < from->at_ns) from = &each;
  const auto usage = used(*from, now);
  const double capacity_s = since(*from) * workers_;
  const double others_s = usage.busy_s - (now.own_cpu_s - from->own_cpu_s);
  const auto much = [&](double s) { return s > resolution_s && s > most * capacity_s; };
  if (much(usage.steal_s))
    return fmt::format("the hypervisor took {:.0f} % of the time",
                       100 * usage.steal_s / capacity_s);
  if (much(others_s))
    return fmt::format("other programs took {:.0f} % of the time", 100 * others_s / capacity_s);
  if (used(before_, now).throttled > 0) return "heat slowed the processors";
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
