#include "bench/cost.hpp"

#include <sys/resource.h>
#include <time.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "bench/peer_process.hpp"

namespace bench {
namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

std::int64_t read_cpu_clock(clockid_t clock) {
  timespec t{};
  return ::clock_gettime(clock, &t) == 0 ? t.tv_sec * ns_per_s + t.tv_nsec : 0;
}

std::int64_t ns(const timeval& t) { return t.tv_sec * ns_per_s + t.tv_usec * 1000; }

std::int64_t high_water_bytes(const std::string& pid) {
  std::ifstream in{"/proc/" + pid + "/status"};
  for (std::string word; in >> word;) {
    std::int64_t kib = 0;
    if (word == "VmHWM:" && in >> kib) return kib * 1024;
  }
  return 0;
}

// All but the CPU time of this process and of its live children. Peers are not measured.
cost counts_now() {
  const auto peers = reaped_peers();
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
    if (is_peer(child)) continue;
    clockid_t clock{};
    if (::clock_getcpuclockid(child, &clock) == 0) sum += read_cpu_clock(clock);
  }
  return sum;
}

}  // namespace

cost& cost::operator+=(const cost& other) {
  cpu_ns += other.cpu_ns;
  voluntary_switches += other.voluntary_switches;
  involuntary_switches += other.involuntary_switches;
  page_faults += other.page_faults;
  return *this;
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
  return {now.cpu_ns - start_.cpu_ns, now.voluntary_switches - start_.voluntary_switches,
          now.involuntary_switches - start_.involuntary_switches,
          now.page_faults - start_.page_faults};
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
  std::int64_t sum = high_water_bytes("self");
  for (const pid_t child : children)
    if (!is_peer(child)) sum += high_water_bytes(std::to_string(child));
  return sum;
}

}  // namespace bench
