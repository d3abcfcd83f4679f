#include "bench/command/common/profiles.hpp"

#include <fmt/format.h>

#include <map>

#include "bench/command/common/binaries.hpp"

namespace command {

const profile_plan& plan_of(const std::string& profile) {
  static const std::map<std::string, profile_plan> profiles{{"smallest", {2, 0.001, 1}},
                                                            {"quick", {5, 0.008, 1}},
                                                            {"standard", {10, 0.1, 2}},
                                                            {"thorough", {20, 0.3, 2}}};
  const auto found = profiles.find(profile);
  if (found == profiles.end())
    throw usage_error{
        fmt::format("--profile {}: wants one of smallest, quick, standard, thorough", profile)};
  return found->second;
}

}  // namespace command
