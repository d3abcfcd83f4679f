#include "bench/held_memory.hpp"

#include <malloc.h>

#include <fstream>
#include <string>

#include "bench/cost.hpp"

namespace bench {
namespace {

// The number after `key` in a file of /proc, given there in KiB; 0 where there is none.
std::int64_t bytes_in(const std::string& file, const std::string& key) {
  std::ifstream in{file};
  for (std::string word; in >> word;) {
    std::int64_t kib = 0;
    if (word == key && in >> kib) return kib * 1024;
  }
  return 0;
}

std::int64_t held_by(const std::string& pid) {
  const auto folder = "/proc/" + pid;
  return bytes_in(folder + "/smaps_rollup", "Pss:") + bytes_in(folder + "/status", "VmPTE:");
}

}  // namespace

std::int64_t held_bytes() {
  ::malloc_trim(0);
  auto sum = held_by("self");
  for (const auto child : live_children()) sum += held_by(std::to_string(child));
  return sum;
}

}  // namespace bench
