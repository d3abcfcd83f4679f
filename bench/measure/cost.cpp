#include "bench/measure/cost.hpp"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "bench/base/companion.hpp"
#include "bench/base/process_tree.hpp"

namespace bench {
namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

std::int64_t read_cpu_clock(clockid_t clock) {
  timespec t{};
  return ::clock_gettime(clock, &t) == 0 ? t.tv_sec * ns_per_s + t.tv_nsec : 0;
}

std::int64_t ns(const timeval& t) { return t.tv_sec * ns_per_s + t.tv_usec * 1000; }

// All but the CPU time of this process and of its live children. Peers are not measured.
cost counts_now() {
  const auto peers = reaped_companions();
  rusage self{}, reaped{};
  ::getrusage(RUSAGE_SELF, &self);
  ::getrusage(RUSAGE_CHILDREN, &reaped);
  return {
      ns(reaped.ru_utime) + ns(reaped.ru_stime) - peers.cpu_ns,
      self.ru_nvcsw + reaped.ru_nvcsw - peers.voluntary_switches,
      self.ru_nivcsw + reaped.ru_nivcsw - peers.involuntary_switches,
      self.ru_minflt + self.ru_majflt + reaped.ru_minflt + reaped.ru_majflt - peers.page_faults};
}

std::int64_t children_cpu_ns(const std::vector<pid_t>& children) {
  std::int64_t sum = 0;
  for (const pid_t child : children) {
    if (is_companion(child)) continue;
    clockid_t clock{};
    if (::clock_getcpuclockid(child, &clock) == 0) sum += read_cpu_clock(clock);
  }
  return sum;
}

}  // namespace

cost counts_of(const std::vector<pid_t>& processes) {
  cost sum;
  for (const pid_t pid : processes) {
    if (is_companion(pid)) continue;
    const auto folder = std::filesystem::path{"/proc"} / std::to_string(pid);
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator{folder / "task", gone}) {
      std::ifstream in{task.path() / "status"};
      for (std::string key; in >> key;) {
        std::int64_t number = 0;
        if (key == "voluntary_ctxt_switches:" && in >> number) sum.voluntary_switches += number;
        if (key == "nonvoluntary_ctxt_switches:" && in >> number)
          sum.involuntary_switches += number;
      }
    }
    // "pid (name) state ppid pgrp session tty tpgid flags minflt cminflt majflt ...": a name may
    // hold anything, so it is read from its end.
    std::ifstream in{folder / "stat"};
    std::string line;
    std::getline(in, line);
    std::istringstream fields{line.substr(std::min(line.rfind(')') + 1, line.size()))};
    std::string skipped;
    for (int i = 0; i < 7; ++i) fields >> skipped;
    std::int64_t minor = 0, of_children = 0, major = 0;
    fields >> minor >> of_children >> major;
    sum.page_faults += minor + major;
  }
  return sum;
}

cost_meter::cost_meter(const std::vector<pid_t>& children)
    : children_{children}, start_{counts_now()} {
  start_.cpu_ns += children_cpu_ns(children_);
  start_.cpu_ns += read_cpu_clock(CLOCK_PROCESS_CPUTIME_ID);
}

cost cost_meter::end() const {
  const auto own_cpu_ns = read_cpu_clock(CLOCK_PROCESS_CPUTIME_ID);
  auto now = counts_now();
  now.cpu_ns += children_cpu_ns(children_) + own_cpu_ns;
  return now - start_;
}

std::vector<pid_t> live_children() {
  std::vector<pid_t> all;
  for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::ifstream in{task.path() / "children"};
    all.insert(all.end(), std::istream_iterator<pid_t>{in}, {});
  }
  return all;
}

std::int64_t peak_bytes(const std::vector<pid_t>& children) {
  std::int64_t sum = peak_pss_bytes(::getpid());
  for (const pid_t child : children)
    if (!is_companion(child)) sum += peak_pss_bytes(child);
  return sum;
}

}  // namespace bench
