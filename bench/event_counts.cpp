#include "bench/event_counts.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bench {
namespace {

int open_counter(std::uint32_t type, std::uint64_t which, bool user_only) {
  perf_event_attr event{};
  event.size = sizeof event;
  event.type = type;
  event.config = which;
  event.inherit = 1;
  event.exclude_kernel = user_only;
  event.exclude_hv = 1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

std::optional<std::int64_t> value_of(int fd) {
  std::int64_t value = 0;
  if (fd < 0 || ::read(fd, &value, sizeof value) != sizeof value) return std::nullopt;
  return value;
}

}  // namespace

// A migration happens in the kernel; instructions are counted in user mode alone, which asks for
// no privilege.
event_counts::event_counts()
    : fds_{open_counter(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS, false),
           open_counter(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, true),
           open_counter(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, true)} {}

event_counts::~event_counts() {
  for (const int fd : fds_)
    if (fd >= 0) ::close(fd);
}

event_counts::values event_counts::now() const {
  return {value_of(fds_[0]), value_of(fds_[1]), value_of(fds_[2])};
}

}  // namespace bench
