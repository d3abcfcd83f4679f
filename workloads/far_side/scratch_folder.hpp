#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace workloads {

// A new folder, removed with all that is in it. TMPDIR says where.
class scratch_folder {
 public:
  scratch_folder() : path_{(std::filesystem::temp_directory_path() / "contend-XXXXXX").string()} {
    if (::mkdtemp(path_.data()) == nullptr)
      throw std::system_error{errno, std::generic_category(), "mkdtemp " + path_};
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
};

}  // namespace workloads
