#include "bench/measure/footprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "bench/measure/cost.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

long entries(const char* folder) {
  return static_cast<long>(std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
}

// Counts the mappings and their bytes. Heap and stack grow and shrink by themselves.
void read_mappings(footprint& f) {
  std::ifstream in{"/proc/self/maps"};
  for (std::string line; std::getline(in, line);) {
    ++f.mappings;
    if (line.ends_with("[heap]") || line.ends_with("[stack]")) continue;
    char* dash = nullptr;
    const auto start = std::strtoul(line.c_str(), &dash, 16);
    f.mapped_bytes += static_cast<long>(std::strtoul(dash + 1, nullptr, 16) - start);
  }
}

std::string excess(long now, long before, const char* one, const char* many) {
  return now <= before ? "" : fmt::format("{} {}", now - before, now - before == 1 ? one : many);
}

std::string difference(const footprint& now, const footprint& before) {
  std::vector<std::string> parts;
  for (auto part : {excess(now.threads, before.threads, "thread", "threads"),
                    excess(now.children, before.children, "child", "children"),
                    excess(now.descriptors, before.descriptors, "descriptor", "descriptors")})
    if (!part.empty()) parts.push_back(std::move(part));
  return parts.empty() ? "" : fmt::format("left {} behind", fmt::join(parts, " and "));
}

}  // namespace

footprint footprint::now() {
  footprint f{.threads = entries("/proc/self/task"),
              .children = static_cast<long>(live_children().size()),
              .descriptors = entries("/proc/self/fd")};
  read_mappings(f);
  return f;
}

std::string left_behind(const footprint& before) {
  constexpr int patience_ms = 200;
  std::string left;
  for (int waited = 0; waited < patience_ms; ++waited) {
    left = difference(footprint::now(), before);
    if (left.empty()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return left;
}

}  // namespace bench
