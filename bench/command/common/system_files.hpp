#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace command {

// What the kernel says in files under /proc and /sys; a test may have a folder of its own for them.
class system_files {
 public:
  explicit system_files(std::filesystem::path root = "/") : root_{std::move(root)} {}

  std::filesystem::path path(std::string_view file) const { return root_ / file; }
  // True, too, of what is in a folder that only root may look into.
  bool has(std::string_view file) const {
    std::error_code error;
    return std::filesystem::exists(path(file), error) || error == std::errc::permission_denied;
  }

  // The first line that is not empty.
  std::string line(std::string_view file, const std::string& otherwise = {}) const {
    std::ifstream in{path(file)};
    std::string text;
    return std::getline(in >> std::ws, text) ? text : otherwise;
  }
  std::int64_t number(std::string_view file, std::int64_t otherwise) const {
    std::ifstream in{path(file)};
    std::int64_t n = 0;
    return in >> n ? n : otherwise;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace command
