#include "bench/measure/event_counts.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace bench {
namespace {

// -1 where it may not be counted.
int open_counter(std::uint32_t type, std::uint64_t which, bool user_only, bool programs) {
  perf_event_attr event{};
  event.size = sizeof event;
  event.type = type;
  event.config = which;
  event.inherit = 1;
  event.exclude_kernel = user_only;
  event.exclude_hv = 1;
  event.remove_on_exec = !programs;
  return static_cast<int>(::syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

// A tracepoint that is counted and not recorded adds some 160 ns to a system call.
int open_system_calls(bool programs) {
  for (const char* folder : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    std::ifstream in{std::string{folder} + "/events/raw_syscalls/sys_enter/id"};
    if (std::uint64_t id = 0; in >> id)
      return open_counter(PERF_TYPE_TRACEPOINT, id, false, programs);
  }
  return -1;
}

std::optional<std::int64_t> value_of(int fd) {
  std::int64_t value = 0;
  if (fd < 0 || ::read(fd, &value, sizeof value) != sizeof value) return std::nullopt;
  return value;
}

}  // namespace

// A migration happens in the kernel; instructions are counted in user mode alone, which asks for
// no privilege.
event_counts::event_counts(bool programs)
    : fds_{open_counter(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS, false, programs),
           open_system_calls(programs),
           open_counter(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, true, programs),
           open_counter(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, true, programs)} {}

event_counts::~event_counts() {
  for (const int fd : fds_)
    if (fd >= 0) ::close(fd);
}

event_counts::values event_counts::now() const {
  return {value_of(fds_[0]), value_of(fds_[1]), value_of(fds_[2]), value_of(fds_[3])};
}

}  // namespace bench
