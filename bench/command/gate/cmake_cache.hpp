#pragma once

#include <filesystem>
#include <string>

namespace command {

// What a configured build folder was told, for configuring another one alike.
struct cmake_settings {
  std::string generator;
  std::string script;  // for cmake -C: a set() for each entry that is not CMake's own business
};

// Leaves out tests, and paths into the build's own folders. Throws usage_error where the folder has
// no CMakeCache.txt.
cmake_settings read_cmake_settings(const std::filesystem::path& build_folder);

}  // namespace command
