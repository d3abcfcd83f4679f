#include "bench/limits.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <climits>
#include <fstream>

namespace bench {
namespace {

long number_in(const char* file, long otherwise) {
  long n = 0;
  return std::ifstream{file} >> n ? n : otherwise;
}

long soft_limit(__rlimit_resource which) {
  rlimit limit{};
  if (::getrlimit(which, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return LONG_MAX;
  return static_cast<long>(std::min<rlim_t>(limit.rlim_cur, LONG_MAX));
}

constexpr long reserve = 256;

}  // namespace

long most_threads() {
  // A thread's stack is a mapping and its guard page another.
  const long most =
      std::min({soft_limit(RLIMIT_NPROC), number_in("/proc/sys/kernel/pid_max", 32768),
                number_in("/proc/sys/kernel/threads-max", LONG_MAX), most_mappings() / 2});
  return std::max(most - reserve, 1L);
}

long most_processes() {
  const long most =
      std::min({soft_limit(RLIMIT_NPROC), number_in("/proc/sys/kernel/pid_max", 32768),
                number_in("/proc/sys/kernel/threads-max", LONG_MAX)});
  return std::max(most - reserve, 1L);
}

long most_descriptors() { return std::max(soft_limit(RLIMIT_NOFILE) - 16, 1L); }

long most_mappings() { return number_in("/proc/sys/vm/max_map_count", 65530); }

}  // namespace bench
