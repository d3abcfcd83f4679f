#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/command/common/binaries.hpp"

namespace command {

// How a git revision is built.
struct build_settings {
  std::filesystem::path like;   // a build folder whose compiler, flags and cache settings are taken
  std::filesystem::path cache;  // where builds are kept, by revision and settings
  std::vector<std::string> workloads;  // only the binaries that these globs can mean are built
  bool quiet = false;
};

struct located_build {
  std::filesystem::path folder;
  std::string label;  // "main (1a2b3c4d5e6f)", or the folder
};

// `name` is a build folder, or a revision of the git repository that this process stands in: that
// is built in a worktree of its own, once. Throws usage_error where it is neither or does not
// build.
located_build locate_build(const std::string& name, const build_settings& how,
                           interrupts& interrupts);

}  // namespace command
