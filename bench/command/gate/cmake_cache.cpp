#include "bench/command/gate/cmake_cache.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>

#include "bench/command/common/binaries.hpp"

namespace command {
namespace {

struct entry {
  std::string type, value;
};

// Lines of KEY:TYPE=VALUE; comments begin with // or #.
std::map<std::string, entry> read_cache(const std::filesystem::path& file) {
  std::map<std::string, entry> out;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with("//") || line.starts_with('#')) continue;
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    const auto colon = line.rfind(':', equals);
    if (colon == std::string::npos) continue;
    out[line.substr(0, colon)] = {line.substr(colon + 1, equals - colon - 1),
                                  line.substr(equals + 1)};
  }
  return out;
}

bool is_own_business(const std::string& type) { return type == "INTERNAL" || type == "STATIC"; }

// Brackets of a length that the value does not end.
std::string quoted(const std::string& value) {
  std::string equals = "=";
  while (value.find("]" + equals + "]") != std::string::npos) equals += '=';
  return fmt::format("[{}[{}]{}]", equals, value, equals);
}

}  // namespace

cmake_settings read_cmake_settings(const std::filesystem::path& build_folder) {
  const auto file = build_folder / "CMakeCache.txt";
  const auto cache = read_cache(file);
  if (!cache.contains("CMAKE_HOME_DIRECTORY"))
    throw usage_error{fmt::format(
        "{}: cannot be read; --like wants a build folder, whose compiler and flags are taken",
        file.string())};
  const auto source = cache.at("CMAKE_HOME_DIRECTORY").value;
  const auto folder = std::filesystem::absolute(build_folder).lexically_normal().string();
  cmake_settings out;
  if (const auto found = cache.find("CMAKE_GENERATOR"); found != cache.end())
    out.generator = found->second.value;
  for (const auto& [key, is] : cache) {
    const bool inside =
        is.value.find(source) != std::string::npos || is.value.find(folder) != std::string::npos;
    if (is_own_business(is.type) || inside || is.value.ends_with("-NOTFOUND") ||
        key == "BUILD_TESTING" || key == "CONTEND_FUZZ")
      continue;
    const auto type = is.type == "UNINITIALIZED" ? "STRING" : is.type;
    out.script += fmt::format("set({} {} CACHE {} \"\")\n", key, quoted(is.value), type);
  }
  out.script += "set(BUILD_TESTING OFF CACHE BOOL \"\")\n";
  return out;
}

}  // namespace command
