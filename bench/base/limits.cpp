#include "bench/base/limits.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fstream>
#include <new>
#include <system_error>

namespace bench {
namespace {

long number_in(const char* file, long otherwise) {
  long n = 0;
  return std::ifstream{file} >> n ? n : otherwise;
}

long most_pids() {
  static const long most = std::min(number_in("/proc/sys/kernel/pid_max", 32768),
                                    number_in("/proc/sys/kernel/threads-max", LONG_MAX));
  return most;
}

// What is left of a limit for us, beside what runs already.
long ours(long most) { return std::max(most - std::min(most / 8, 256L), 1L); }

}  // namespace

long soft_limit(int which) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(which), &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY)
    return LONG_MAX;
  return static_cast<long>(std::min<rlim_t>(limit.rlim_cur, LONG_MAX));
}

long most_threads() {
  // A thread's stack is a mapping and its guard page another.
  return ours(std::min({soft_limit(RLIMIT_NPROC), most_pids(), most_mappings() / 2}));
}

long most_processes() { return ours(std::min(soft_limit(RLIMIT_NPROC), most_pids())); }

long most_descriptors() { return std::max(soft_limit(RLIMIT_NOFILE) - 16, 1L); }

long most_mappings() {
  static const long most = number_in("/proc/sys/vm/max_map_count", 65530);
  return most;
}

std::string what_failed(const std::exception& error) {
  const auto limited = [](const char* what, __rlimit_resource which, long unit, const char* name) {
    const long most = soft_limit(which);
    return most == LONG_MAX ? std::string{what}
                            : fmt::format("{} (the limit is {}{})", what, most / unit, name);
  };
  int code = 0;
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) code = ENOMEM;
  if (const auto* system = dynamic_cast<const std::system_error*>(&error))
    code = system->code().value();
  switch (code) {
    case ENOMEM:
      return limited("out of memory", RLIMIT_AS, 1 << 20, " MiB of address space");
    case EMFILE:
      return limited("out of descriptors", RLIMIT_NOFILE, 1, "");
    case ENFILE:
      return "out of descriptors: the whole system has no more";
    case EAGAIN:
      return limited("out of threads or processes", RLIMIT_NPROC, 1, "");
    default:
      return error.what();
  }
}

}  // namespace bench
