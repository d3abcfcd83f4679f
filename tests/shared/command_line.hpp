#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

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

// The processes that have `mark` in their environment, of the program `name` or of any.
inline std::vector<int> marked_processes(const std::string& mark, const std::string& name = "") {
  const auto text_of = [](const std::filesystem::path& file) {
    std::ostringstream text;  // empty where the process has gone meanwhile
    text << std::ifstream{file}.rdbuf();
    return text.str();
  };
  std::vector<int> found;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
    const auto& folder = entry.path();
    if (!name.empty() && text_of(folder / "comm") != name + "\n") continue;
    if (text_of(folder / "environ").find(mark) != std::string::npos)
      found.push_back(std::stoi(folder.filename()));
  }
  return found;
}

}  // namespace tests
