#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>

#include "bench/base/timer_slack.hpp"
#include "bench/command/doctor/doctor.hpp"
#include "bench/measure/clock.hpp"

namespace command {
namespace {

constexpr const char* cpu_folder = "sys/devices/system/cpu/";

// The processors' worth of time that control groups leave us, in the folder of our group and above
// it; 0 where they set no limit.
double quota(const system_files& system) {
  double least = 0;
  const auto take = [&](double quota_us, double period_us) {
    if (quota_us <= 0 || period_us <= 0) return;
    least = least == 0 ? quota_us / period_us : std::min(least, quota_us / period_us);
  };
  std::ifstream groups{system.path("proc/self/cgroup")};
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const bool unified = controllers.empty();
    if (!unified && fmt::format(",{},", controllers).find(",cpu,") == std::string::npos) continue;
    for (std::filesystem::path at = line.substr(second + 1); !at.empty(); at = at.parent_path()) {
      const auto folder =
          std::string{unified ? "sys/fs/cgroup" : "sys/fs/cgroup/cpu"} + at.string() + "/";
      if (unified) {
        double quota_us = 0, period_us = 0;
        std::istringstream{system.line(folder + "cpu.max")} >> quota_us >> period_us;
        take(quota_us, period_us);
      } else {
        take(static_cast<double>(system.number(folder + "cpu.cfs_quota_us", -1)),
             static_cast<double>(system.number(folder + "cpu.cfs_period_us", 0)));
      }
      if (at == at.root_path()) break;
    }
  }
  return least;
}

finding processors(const system_files& system) {
  cpu_set_t set;
  const int usable = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  const auto online = ::sysconf(_SC_NPROCESSORS_ONLN);
  finding f{.check = "processors", .found = fmt::format("{} of {} may be used", usable, online)};
  if (const double most = quota(system); most > 0 && most < usable) {
    f.is = level::warning;
    f.found += fmt::format(", and {:g} processors' worth of time (cgroup quota)", most);
    f.effect = "the kernel stops the program for the rest of each period, in the middle of a run";
    f.remedy = "lift the quota (cpu.max), or use fewer workers than it";
  } else if (usable == 1) {
    f.is = level::warning;
    f.effect = "nothing runs in parallel; a waker and the woken share one processor";
    f.remedy = "measure on two or more, or with --workers 1 only";
  } else if (usable < online) {
    f.is = level::notice;
    f.effect = "workers above that number share processors";
    f.remedy = "taskset or the container's cpuset set this";
  }
  return f;
}

finding governor(const system_files& system, bool virtual_machine) {
  const auto name = system.line(std::string{cpu_folder} + "cpu0/cpufreq/scaling_governor");
  finding f{.check = "governor", .found = name};
  if (name == "performance") return f;
  f.is = name.empty() ? level::notice : level::warning;
  f.effect = "the frequency follows the load, so short runs and models that sleep look slower";
  f.remedy = name.empty() ? "trust ratios of one run before absolute times"
                          : "cpupower frequency-set --governor performance";
  if (name.empty())
    f.found = virtual_machine ? "not visible here: the host decides" : "not visible here";
  return f;
}

finding turbo(const system_files& system) {
  const auto intel = system.number(std::string{cpu_folder} + "intel_pstate/no_turbo", -1);
  const auto boost = system.number(std::string{cpu_folder} + "cpufreq/boost", -1);
  finding f{.check = "turbo", .found = "off"};
  if (intel == 1 || (intel < 0 && boost == 0)) return f;
  f.is = level::notice;
  f.found = intel < 0 && boost < 0 ? "not visible here" : "on";
  f.effect =
      "the fewer processors are busy and the cooler they are, the faster they run: models "
      "with one busy worker gain";
  f.remedy = f.found == "on" ? intel == 0 ? "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo"
                                          : "echo 0 > /sys/devices/system/cpu/cpufreq/boost"
                             : "compare within one run; blocks spread it over all models";
  return f;
}

finding smt(const system_files& system) {
  const auto active = system.number(std::string{cpu_folder} + "smt/active", -1);
  const auto siblings =
      system.line(std::string{cpu_folder} + "cpu0/topology/thread_siblings_list", "0");
  finding f{.check = "smt", .found = "off"};
  if (active <= 0 && siblings.find_first_of(",-") == std::string::npos) return f;
  f.is = level::notice;
  f.found = fmt::format("on: processors {} are one core", siblings);
  f.effect = "two workers on one core get some 1.2 times one worker's speed, not twice";
  f.remedy =
      "taskset to one processor of each core, or echo off > "
      "/sys/devices/system/cpu/smt/control";
  return f;
}

finding hypervisor(const std::string& name) {
  finding f{.check = "hypervisor", .found = name};
  if (name == "none") return f;
  f.is = level::notice;
  f.effect = "neighbours slow caches and memory, and an idle processor takes some 30 us to wake";
  f.remedy = "trust ratios before absolute times; the A/A pairs of a run state its noise";
  return f;
}

struct load {
  double busy_s = 0, steal_s = 0;
};
load load_now(const system_files& system) {
  double user = 0, nice = 0, kernel = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  std::string name;
  std::istringstream{system.line("proc/stat")} >> name >> user >> nice >> kernel >> idle >>
      iowait >> irq >> softirq >> steal;
  const double tick_s = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return {(user + nice + kernel + irq + softirq) * tick_s, steal * tick_s};
}

std::vector<finding> load_findings(const system_files& system) {
  constexpr auto watched = std::chrono::milliseconds{500};
  const double capacity_s = 0.5 * static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
  const auto before = load_now(system);
  std::this_thread::sleep_for(watched);
  const auto after = load_now(system);
  const double steal = 100 * (after.steal_s - before.steal_s) / capacity_s;
  const double busy = 100 * (after.busy_s - before.busy_s) / capacity_s;
  const auto judged = [](double percent) {
    return percent > 5 ? level::warning : percent > 1 ? level::notice : level::ok;
  };
  finding stolen{.check = "steal",
                 .is = judged(steal),
                 .found = fmt::format("{:.0f} % of the last half second", steal)};
  if (stolen.is != level::ok) {
    stolen.effect = "the hypervisor runs others in our time; samples with over 5 % are flagged";
    stolen.remedy = "another hour, another host, or a dedicated processor; --budget reruns them";
  }
  finding others{.check = "load of others",
                 .is = judged(busy),
                 .found = fmt::format("{:.0f} % of the last half second", busy)};
  if (others.is != level::ok) {
    others.effect = "other programs take processors and caches; samples with over 5 % are flagged";
    others.remedy = "stop them (top shows them); --budget reruns disturbed samples";
  }
  return {stolen, others};
}

finding clock_source(const system_files& system) {
  constexpr int readings = 10'000;
  const auto start = bench::now_ns();
  for (int i = 0; i < readings; ++i) bench::now_ns();
  const double cost_ns = static_cast<double>(bench::now_ns() - start) / readings;
  const auto name =
      system.line("sys/devices/system/clocksource/clocksource0/current_clocksource", "unknown");
  finding f{.check = "clock source",
            .found = fmt::format("{}, {:.0f} ns a reading", name, cost_ns)};
  if (name == "tsc" || cost_ns < 100) return f;
  f.is = level::warning;
  f.effect = "every reading is a system call or worse; it is in every time and latency";
  f.remedy = "clocksource=tsc on the kernel's command line, where the TSC is stable";
  return f;
}

finding timer_slack() {
  const auto slack_ns = ::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
  return {.check = "timer slack",
          .found = fmt::format("{} ns here, set to {} ns in every sample", slack_ns,
                               bench::timer_slack_ns)};
}

}  // namespace

std::vector<finding> processor_findings(const system_files& system) {
  std::string flags;
  std::ifstream cpuinfo{system.path("proc/cpuinfo")};
  for (std::string line; flags.empty() && std::getline(cpuinfo, line);)
    if (line.starts_with("flags")) flags = line + " ";
  std::string host = "none";
  if (flags.find(" hypervisor ") != std::string::npos)
    host = system.line("sys/class/dmi/id/sys_vendor", "a virtual machine");
  std::vector<finding> all{processors(system), governor(system, host != "none"), turbo(system),
                           smt(system), hypervisor(host)};
  for (auto& f : load_findings(system)) all.push_back(std::move(f));
  all.push_back(clock_source(system));
  all.push_back(timer_slack());
  return all;
}

}  // namespace command
