#include "bench/command/common/machine.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <linux/perf_event.h>
#include <openssl/evp.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <climits>
#include <fstream>
#include <map>

#include "bench/base/limits.hpp"

namespace command {
namespace {

using json = nlohmann::ordered_json;

std::string line_of(const std::string& file, const std::string& otherwise = "unknown") {
  std::string line;
  return std::getline(std::ifstream{file} >> std::ws, line) ? line : otherwise;
}

std::int64_t number_of(const std::string& file, std::int64_t otherwise) {
  std::int64_t n = 0;
  return std::ifstream{file} >> n ? n : otherwise;
}

// The value of "key : value", of the first processor.
std::string cpuinfo(const std::string& key) {
  std::ifstream in{"/proc/cpuinfo"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key) && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown";
}

bool has_flag(const std::string& flag) {
  return fmt::format(" {} ", cpuinfo("flags")).find(fmt::format(" {} ", flag)) != std::string::npos;
}

std::string hypervisor() {
  if (const auto type = line_of("/sys/hypervisor/type", ""); !type.empty()) return type;
  if (!has_flag("hypervisor")) return "none";
  return line_of("/sys/class/dmi/id/sys_vendor", "yes");
}

// "[always] madvise never": what stands in brackets.
std::string chosen(const std::string& line) {
  const auto open = line.find('['), close = line.find(']');
  return open < close && close != std::string::npos ? line.substr(open + 1, close - open - 1)
                                                    : line;
}

int usable_processors() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

std::string shown(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

json machine_facts() {
  utsname os{};
  ::uname(&os);
  const auto page = ::sysconf(_SC_PAGESIZE);
  const std::string cpu = "/sys/devices/system/cpu/";
  return {
      {"cpu_model", cpuinfo("model name")},
      {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
      {"usable_cores", usable_processors()},
      {"smt", line_of(cpu + "smt/control", "none")},
      {"kernel", os.release},
      {"architecture", os.machine},
      {"libc", std::string{"glibc "} + ::gnu_get_libc_version()},
      {"governor", line_of(cpu + "cpu0/cpufreq/scaling_governor", "none")},
      {"hypervisor", hypervisor()},
      {"clock_source", line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
      {"huge_pages", chosen(line_of("/sys/kernel/mm/transparent_hugepage/enabled", "none"))},
      {"memory_bytes", ::sysconf(_SC_PHYS_PAGES) * page},
      {"page_size", page}};
}

json limits_now() {
  const auto limit = [](int which) {
    const long most = bench::soft_limit(which);
    return most == LONG_MAX ? -1 : most;
  };
  return {{"nofile", limit(RLIMIT_NOFILE)},
          {"nproc", limit(RLIMIT_NPROC)},
          {"max_map_count", number_of("/proc/sys/vm/max_map_count", -1)},
          {"pid_max", number_of("/proc/sys/kernel/pid_max", -1)}};
}

bool hardware_counters() {
  perf_event_attr event{};
  event.size = sizeof event;
  event.type = PERF_TYPE_HARDWARE;
  event.config = PERF_COUNT_HW_INSTRUCTIONS;
  event.exclude_kernel = 1;
  const auto fd = ::syscall(SYS_perf_event_open, &event, 0, -1, -1, 0);
  if (fd < 0) return false;
  ::close(static_cast<int>(fd));
  return true;
}

json fingerprint(const json& machine, const json& toolchain, const json& settings) {
  std::map<std::string, std::string> facts;
  for (const auto& [key, value] : machine.items()) facts[key] = shown(value);
  // The kernel keeps a little of the memory for itself, more or less with every boot.
  facts.erase("memory_bytes");
  const auto gib = machine.value("memory_bytes", 0.0) / (1 << 30);
  facts["memory_gib"] = fmt::format("{:.0f}", gib);
  for (const auto& [key, value] : toolchain.items()) facts[key] = shown(value);
  // A setting that is empty is as good as none, and an older program may not know it.
  for (const auto& [key, value] : settings.items())
    if (!shown(value).empty()) facts["set." + key] = shown(value);
  std::string text;
  for (const auto& [key, value] : facts) text += key + "=" + value + "\n";
  return {{"hash", sha256(text).substr(0, 16)}, {"facts", facts}};
}

std::string sha256(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (::EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, ::EVP_sha256(), nullptr) !=
      1)
    throw std::runtime_error{"SHA-256 is not available from OpenSSL"};
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::now()));
}

}  // namespace command
