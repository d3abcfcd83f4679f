#include "bench/load/server_memory.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace bench::load {
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

}  // namespace

std::int64_t memory_of_tree(pid_t root) {
  if (root == ::getpid()) return 0;
  const auto folder = "/proc/" + std::to_string(root);
  auto sum = bytes_in(folder + "/smaps_rollup", "Pss:") + bytes_in(folder + "/status", "VmPTE:");
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator{folder + "/task", gone}) {
    std::ifstream in{task.path() / "children"};
    for (pid_t child = 0; in >> child;) sum += memory_of_tree(child);
  }
  return sum;
}

}  // namespace bench::load
