#include "bench/base/process_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace bench {
namespace {

// The number behind `key` in a file of "key: number kB" lines, in bytes; 0 where it is not there.
std::int64_t bytes_in(const std::string& file, const std::string& key) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key)) return 1024 * std::strtoll(line.c_str() + key.size(), nullptr, 10);
  return 0;
}

std::string file_of(pid_t pid, const char* name) { return fmt::format("/proc/{}/{}", pid, name); }

}  // namespace

std::vector<pid_t> descendants_of(pid_t root) {
  std::vector<pid_t> all;
  const auto add_children = [&all](pid_t pid) {
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator{file_of(pid, "task"), gone}) {
      std::ifstream in{task.path() / "children"};
      for (pid_t child = 0; in >> child;) all.push_back(child);
    }
  };
  add_children(root);
  for (std::size_t i = 0; i < all.size(); ++i) add_children(all[i]);
  return all;
}

bool is_another_program(pid_t pid) {
  // "pid (name) state ppid pgrp session tty tpgid flags ...": a name may hold anything.
  constexpr unsigned long forked_and_no_exec = 0x40;  // PF_FORKNOEXEC
  std::ifstream in{file_of(pid, "stat")};
  std::string line, skipped;
  std::getline(in, line);
  std::istringstream fields{line.substr(std::min(line.rfind(')') + 1, line.size()))};
  for (int i = 0; i < 6; ++i) fields >> skipped;
  unsigned long flags = 0;
  return fields >> flags && (flags & forked_and_no_exec) == 0;
}

memory_use& memory_use::operator+=(const memory_use& other) {
  pss_bytes += other.pss_bytes;
  page_table_bytes += other.page_table_bytes;
  threads += other.threads;
  return *this;
}

memory_use memory_of(pid_t pid) {
  memory_use use{.pss_bytes = bytes_in(file_of(pid, "smaps_rollup"), "Pss:")};
  std::ifstream in{file_of(pid, "status")};
  for (std::string line; std::getline(in, line);) {
    const auto number = [&](std::size_t from) {
      return std::strtoll(line.c_str() + from, nullptr, 10);
    };
    if (line.starts_with("VmPTE:")) use.page_table_bytes = 1024 * number(6);
    if (line.starts_with("Threads:")) use.threads = number(8);
  }
  return use;
}

std::int64_t peak_pss_bytes(pid_t pid) {
  const auto rollup = file_of(pid, "smaps_rollup");
  const auto shared = bytes_in(rollup, "Rss:") - bytes_in(rollup, "Pss:");
  const auto peak = bytes_in(file_of(pid, "status"), "VmHWM:");
  return peak > shared ? peak - shared : 0;
}

void forget_peak(pid_t pid) { std::ofstream{file_of(pid, "clear_refs")} << 5; }

}  // namespace bench
