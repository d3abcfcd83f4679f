#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

// What the tests of the front door share.
namespace tests {

inline const std::string contend = CONTEND_BINARY_DIR "/contend";
inline const std::string bad_binaries = CONTEND_BINARY_DIR "/tests/bad";

// A folder that goes with the test.
class scratch {
 public:
  scratch() {
    std::string name = std::filesystem::temp_directory_path() / "contend-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    path_ = name;
  }
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch(const scratch&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

struct finished {
  int status = 0;      // exit status, or 128 and the signal's number
  std::string output;  // standard output and standard error as they came
};

// Runs a line of shell.
inline finished shell(const std::string& line) {
  finished f;
  FILE* pipe = ::popen(("exec 2>&1; " + line).c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error{"popen"};
  char bytes[4096];
  for (std::size_t n = 0; (n = std::fread(bytes, 1, sizeof bytes, pipe)) > 0;)
    f.output.append(bytes, n);
  const int status = ::pclose(pipe);
  f.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return f;
}

inline nlohmann::json read_json(const std::filesystem::path& file) {
  std::ifstream in{file};
  return nlohmann::json::parse(in);
}

// How many processes have `mark` in their environment.
inline int processes_marked(const std::string& mark) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
    std::ifstream in{entry.path() / "environ"};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    count += text.find(mark) != std::string::npos ? 1 : 0;
  }
  return count;
}

}  // namespace tests
