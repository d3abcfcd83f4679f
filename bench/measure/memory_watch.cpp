#include "bench/measure/memory_watch.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/base/companion.hpp"
#include "bench/base/process_tree.hpp"
#include "bench/measure/clock.hpp"

namespace bench {
namespace {

bool go_has_come() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) != 0;
}

}  // namespace

memory_watch::memory_watch() {
  auto pids = std::to_string(::getpid());
  for (const pid_t child : descendants_of(::getpid()))
    if (is_companion(child)) pids += fmt::format(",{}", child);
  const auto program = std::filesystem::read_symlink("/proc/self/exe").filename().string();
  watcher_ = std::make_unique<companion>(program, std::vector<std::string>{watch_flag, pids});
  watcher_->await_ready();
}

memory_watch::~memory_watch() = default;

memory_peak memory_watch::end() {
  watcher_->go();
  const auto said = watcher_->result();
  return {.rest_bytes = said.at("rest_bytes"),
          .peak_bytes = said.at("peak_bytes"),
          .page_table_bytes = said.at("page_table_bytes"),
          .kernel_stack_bytes = said.at("kernel_stack_bytes"),
          .sweeps = said.at("sweeps"),
          .sweep_ms = said.at("sweep_ms")};
}

int watch_memory(const std::string& pids) {
  std::vector<pid_t> listed;
  std::istringstream words{pids};
  for (std::string word; std::getline(words, word, ',');) listed.push_back(std::stoi(word));
  const pid_t root = listed.front();
  listed.front() = ::getpid();  // what is left out
  const auto tree = [&] {
    auto all = descendants_of(root);
    std::erase_if(all, [&](pid_t pid) { return std::ranges::find(listed, pid) != listed.end(); });
    all.push_back(root);
    return all;
  };
  const auto sweep = [&] {
    memory_use sum;
    for (const pid_t pid : tree()) sum += memory_of(pid);
    return sum;
  };

  const auto rest = sweep();
  for (const pid_t pid : tree()) forget_peak(pid);
  fmt::print("ready\n");
  std::fflush(stdout);
  auto peak = rest;
  std::int64_t sweeps = 0;
  const auto start_ns = now_ns();
  while (!go_has_come()) {
    const auto now = sweep();
    peak.pss_bytes = std::max(peak.pss_bytes, now.pss_bytes);
    peak.page_table_bytes = std::max(peak.page_table_bytes, now.page_table_bytes);
    peak.threads = std::max(peak.threads, now.threads);
    ++sweeps;
  }
  const double sweep_ms = 1e-6 * static_cast<double>(now_ns() - start_ns) /
                          static_cast<double>(std::max<std::int64_t>(sweeps, 1));
  // The kernel keeps the high-water mark of each process: exact, but only of those still there.
  std::int64_t marks = 0;
  for (const pid_t pid : tree()) marks += peak_pss_bytes(pid);
  fmt::print("{}\n", nlohmann::json{{"rest_bytes", rest.pss_bytes},
                                    {"peak_bytes", std::max(peak.pss_bytes, marks)},
                                    {"page_table_bytes", peak.page_table_bytes},
                                    {"kernel_stack_bytes", peak.threads * kernel_stack_bytes},
                                    {"sweeps", sweeps},
                                    {"sweep_ms", sweep_ms}}
                         .dump());
  return 0;
}

}  // namespace bench
