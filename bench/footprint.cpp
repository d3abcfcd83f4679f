#include "bench/footprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "bench/cost.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

long entries(const char* folder) {
  return static_cast<long>(std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
}

long lines(const char* file) {
  std::ifstream in{file};
  return static_cast<long>(std::count(std::istreambuf_iterator<char>{in}, {}, '\n'));
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
  return {entries("/proc/self/task"), static_cast<long>(live_children().size()),
          entries("/proc/self/fd"), lines("/proc/self/maps")};
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
