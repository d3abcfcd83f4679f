#include <fmt/format.h>
#include <linux/io_uring.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "bench/base/limits.hpp"
#include "bench/command/common/machine.hpp"
#include "bench/command/doctor/doctor.hpp"
#include "bench/measure/event_counts.hpp"

namespace command {
namespace {

// The least that control groups allow, from our group up to the root; INT64_MAX: no limit.
std::int64_t group_limit(const system_files& system, const std::string& controller,
                         const std::string& v1_file, const std::string& v2_file) {
  std::int64_t least = INT64_MAX;
  std::ifstream groups{system.path("proc/self/cgroup")};
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const bool unified = controllers.empty();
    if (!unified &&
        fmt::format(",{},", controllers).find("," + controller + ",") == std::string::npos)
      continue;
    for (std::filesystem::path at = line.substr(second + 1);; at = at.parent_path()) {
      const auto folder = (unified ? "sys/fs/cgroup" : "sys/fs/cgroup/" + controller) +
                          at.string() + "/" + (unified ? v2_file : v1_file);
      least = std::min(least, system.number(folder, INT64_MAX));
      if (at == at.root_path()) break;
    }
  }
  return least;
}

finding limit(const char* check, std::int64_t most, std::int64_t wanted, const char* effect,
              const char* remedy) {
  finding f{.check = check,
            .found = most == INT64_MAX ? "no limit" : fmt::format("at most {}", most)};
  if (most >= wanted) return f;
  f.is = most < wanted / 10 ? level::warning : level::notice;
  f.effect = effect;
  f.remedy = remedy;
  return f;
}

finding memory(const system_files& system) {
  const auto machine = static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::int64_t>(::sysconf(_SC_PAGESIZE));
  const auto group = group_limit(system, "memory", "memory.limit_in_bytes", "memory.max");
  finding f{.check = "memory", .found = fmt::format("{:.1f} GiB", machine / 1073741824.0)};
  if (group >= machine) return f;
  f.is = level::notice;
  f.found += fmt::format(", {:.1f} GiB of it for this control group", group / 1073741824.0);
  f.effect = "a sample that reaches it is killed, and its cell invalid";
  f.remedy = "memory.max of the group or its container";
  return f;
}

finding io_uring() {
  io_uring_params parameters{};
  const auto fd = ::syscall(SYS_io_uring_setup, 4, &parameters);
  if (fd >= 0) ::close(static_cast<int>(fd));
  finding f{.check = "io_uring", .found = "available"};
  if (fd >= 0) return f;
  f.is = level::notice;
  f.found = fmt::format("not available: {}", std::strerror(errno));
  f.effect = "--set engine=io_uring has no rows here";
  f.remedy = errno == ENOSYS ? "a kernel that has it"
                             : "kernel.io_uring_disabled=0, or a container "
                               "profile that allows it";
  return f;
}

finding counters(const system_files& system) {
  finding f{.check = "hardware counters", .found = "available"};
  if (hardware_counters()) return f;
  f.is = level::notice;
  f.found = fmt::format("not available (perf_event_paranoid {})",
                        system.number("proc/sys/kernel/perf_event_paranoid", -1));
  f.effect = "rows have no instructions and no cycles";
  f.remedy = "kernel.perf_event_paranoid=2 or less; in a virtual machine, the host's vPMU";
  return f;
}

finding system_calls(const system_files& system) {
  finding f{.check = "system calls", .found = "counted"};
  if (bench::event_counts{}.now().system_calls) return f;
  f.is = level::notice;
  f.found = "not counted";
  f.effect = "rows have no system_calls";
  f.remedy = system.has("sys/kernel/tracing/events/raw_syscalls")
                 ? "run as root or with CAP_PERFMON"
                 : "mount -t tracefs nodev /sys/kernel/tracing, and run as root";
  return f;
}

finding layout(const system_files& system) {
  const auto random = system.number("proc/sys/kernel/randomize_va_space", 2);
  finding f{.check = "address layout", .found = random > 0 ? "random in every sample" : "fixed"};
  if (random > 0) return f;
  f.is = level::notice;
  f.effect = "all samples have one layout, lucky or not, and the interval does not know it";
  f.remedy = "kernel.randomize_va_space=2";
  return f;
}

finding huge_pages(const system_files& system) {
  const auto line = system.line("sys/kernel/mm/transparent_hugepage/enabled", "[none]");
  const auto open = line.find('['), close = line.find(']');
  const auto chosen =
      open < close && close != line.npos ? line.substr(open + 1, close - open - 1) : line;
  finding f{.check = "huge pages", .found = chosen};
  if (chosen != "always") return f;
  f.is = level::notice;
  f.effect =
      "stacks and arenas grow by 2 MiB at a time where the kernel finds it fit: memory per "
      "task jumps, and first touches are rarer and dearer";
  f.remedy = "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled";
  return f;
}

}  // namespace

std::vector<finding> limit_findings(const system_files& system) {
  const auto pids = std::min({bench::soft_limit(RLIMIT_NPROC),
                              system.number("proc/sys/kernel/pid_max", INT64_MAX),
                              system.number("proc/sys/kernel/threads-max", INT64_MAX),
                              group_limit(system, "pids", "pids.max", "pids.max")});
  return {limit("descriptors", bench::soft_limit(RLIMIT_NOFILE), 20'000,
                "cells with more connections than that are not there", "ulimit -n 1048576"),
          limit("threads and processes", pids, 32'000,
                "threads and processes are not there above that number of tasks",
                "ulimit -u, kernel.pid_max, kernel.threads-max, pids.max of the control group"),
          limit("mappings", system.number("proc/sys/vm/max_map_count", INT64_MAX), 65'530,
                "each thread's stack takes two of them, a guarded fiber's one or two",
                "vm.max_map_count=1048576"),
          memory(system),
          io_uring(),
          counters(system),
          system_calls(system),
          layout(system),
          huge_pages(system)};
}

}  // namespace command
