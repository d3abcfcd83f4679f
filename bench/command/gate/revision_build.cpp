#include "bench/command/gate/revision_build.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "bench/command/common/machine.hpp"
#include "bench/command/gate/cmake_cache.hpp"

namespace command {
namespace {

namespace fs = std::filesystem;

constexpr double build_timeout_s = 3600;

bool holds_binaries(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{folder, error})
    if (entry.path().filename().string().starts_with("bench_") && entry.is_regular_file() &&
        ::access(entry.path().c_str(), X_OK) == 0)
      return true;
  return false;
}

// A program found by PATH, with what it prints on standard output.
ended run_program(const std::vector<std::string>& words, interrupts& interrupts,
                  double timeout_s = 60) {
  std::vector<std::string> argv{"/bin/sh", "-c", "exec \"$0\" \"$@\""};
  argv.insert(argv.end(), words.begin(), words.end());
  auto e = run_child({.argv = argv, .timeout_s = timeout_s}, interrupts);
  if (e.interrupted) throw std::runtime_error{"interrupted"};
  return e;
}

bool succeeded(const ended& e) {
  return !e.timed_out && WIFEXITED(e.status) && WEXITSTATUS(e.status) == 0;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// One build at a time of the same revision, whoever asks for it.
class lock_file {
 public:
  explicit lock_file(const fs::path& file)
      : fd_{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)} {
    if (fd_ < 0 || ::flock(fd_, LOCK_EX) != 0)
      throw std::runtime_error{file.string() + ": cannot be written; --cache names another folder"};
  }
  ~lock_file() { ::close(fd_); }
  lock_file(const lock_file&) = delete;

 private:
  int fd_;
};

// The binaries that a selection can mean: {"bench_cpu"} for "cpu/*"; empty where it may be any.
std::set<std::string> wanted_targets(const std::vector<std::string>& workloads) {
  std::set<std::string> out;
  for (const auto& pattern : workloads) {
    const auto family = pattern.substr(0, pattern.find('/'));
    if (family.size() == pattern.size() || family.find_first_of("*?[") != std::string::npos)
      return {};
    out.insert("bench_" + family);
  }
  return out;
}

class revision_build {
 public:
  revision_build(std::string label, std::string repository, std::string commit,
                 const build_settings& how, interrupts& interrupts)
      : label_{std::move(label)},
        repository_{std::move(repository)},
        commit_{std::move(commit)},
        how_{how},
        cmake_{read_cmake_settings(how.like)},
        interrupts_{interrupts},
        place_{fs::absolute(how.cache) /
               fmt::format("{}-{}", commit_.substr(0, 12),
                           sha256(cmake_.generator + cmake_.script).substr(0, 8))} {}

  fs::path make() {
    std::error_code ignored;
    fs::create_directories(place_, ignored);
    const lock_file one_at_a_time{place_ / "lock"};
    const auto wanted = wanted_targets(how_.workloads);
    if (is_built(wanted)) return build();
    if (!how_.quiet) fmt::print(stderr, "building {}, see {}\n", label_, (place_ / "log").string());
    fs::remove(place_ / "log", ignored);
    checkout();
    try {
      configure_and_build(wanted);
    } catch (...) {
      clear_checkout();
      throw;
    }
    clear_checkout();
    return build();
  }

 private:
  fs::path source() const { return place_ / "source"; }
  fs::path build() const { return place_ / "build"; }

  std::set<std::string> built() const {
    std::ifstream in{place_ / "built"};
    return {std::istream_iterator<std::string>{in}, {}};
  }
  bool is_built(const std::set<std::string>& wanted) const {
    const auto have = built();
    return have.contains("all") || (!wanted.empty() && std::ranges::includes(have, wanted));
  }

  void checkout() {
    clear_checkout();
    const auto e = run_program({"git", "-C", repository_, "worktree", "add", "--detach", "--force",
                                source().string(), commit_},
                               interrupts_, 600);
    if (!succeeded(e))
      throw usage_error{fmt::format("{}: git worktree add failed: {}", label_, e.last_error_line)};
  }
  // A worktree that is left registered would be in everybody's way.
  void clear_checkout() {
    std::error_code ignored;
    fs::remove_all(source(), ignored);
    run_program({"git", "-C", repository_, "worktree", "prune"}, interrupts_);
  }

  void step(std::vector<std::string> words) {
    words.insert(words.begin(),
                 {"/bin/sh", "-c", "exec \"$@\" >>\"$0\" 2>&1", (place_ / "log").string()});
    const bool terminal = !how_.quiet && ::isatty(2) == 1;
    const auto e = run_child({.argv = words,
                              .timeout_s = build_timeout_s,
                              .tick =
                                  [&] {
                                    if (terminal) show_last_line();
                                  }},
                             interrupts_);
    if (terminal) fmt::print(stderr, "\r\x1b[K");
    if (e.interrupted) throw std::runtime_error{"interrupted"};
    if (!succeeded(e))
      throw usage_error{fmt::format("{} does not build: {}; see {}", label_, complaint(),
                                    (place_ / "log").string())};
  }

  std::vector<std::string> log_lines() const {
    std::vector<std::string> out;
    std::ifstream in{place_ / "log"};
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  void show_last_line() const {
    const auto lines = log_lines();
    if (!lines.empty()) fmt::print(stderr, "\r\x1b[K{:.78}", lines.back());
    std::fflush(stderr);
  }
  // The first line of the log that speaks of an error, else its last.
  std::string complaint() const {
    const auto lines = log_lines();
    for (const auto& line : lines)
      if (line.find("error:") != std::string::npos || line.starts_with("CMake Error")) return line;
    return lines.empty() ? "no output" : lines.back();
  }

  void configure_and_build(const std::set<std::string>& wanted) {
    std::ofstream{place_ / "settings.cmake"} << cmake_.script;
    ask_for_targets();
    std::vector<std::string> configure{
        "cmake",         "-C", (place_ / "settings.cmake").string(), "-S", source().string(), "-B",
        build().string()};
    if (!cmake_.generator.empty()) configure.insert(configure.end(), {"-G", cmake_.generator});
    step(configure);
    const auto targets = targets_of(wanted);
    std::vector<std::string> make{"cmake",
                                  "--build",
                                  build().string(),
                                  "--parallel",
                                  std::to_string(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))),
                                  "--target"};
    make.insert(make.end(), targets.begin(), targets.end());
    step(make);
    auto have = built();
    have.insert(wanted.begin(), wanted.end());
    if (wanted.empty()) have.insert("all");
    std::ofstream{place_ / "built"} << fmt::format("{}\n", fmt::join(have, "\n"));
  }

  // Of the benchmark binaries that this revision has, those that are wanted.
  std::set<std::string> targets_of(const std::set<std::string>& wanted) const {
    std::set<std::string> out;
    for (const auto& name : all_targets())
      if (name.starts_with("bench_") && (wanted.empty() || wanted.contains(name))) out.insert(name);
    if (out.empty())
      throw usage_error{
          fmt::format("{} has no target {}", label_,
                      wanted.empty() ? "bench_*" : fmt::format("{}", fmt::join(wanted, " or ")))};
    return out;
  }

  // As CMake's file API has them (cmake-file-api(7)); it answers where the query is a file.
  fs::path api() const { return build() / ".cmake" / "api" / "v1"; }
  void ask_for_targets() const {
    std::error_code ignored;
    fs::create_directories(api() / "query", ignored);
    std::ofstream{api() / "query" / "codemodel-v2"};
  }
  std::vector<std::string> all_targets() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator{api() / "reply"}) {
      if (!entry.path().filename().string().starts_with("codemodel-v2-")) continue;
      std::ifstream in{entry.path()};
      const auto model = nlohmann::json::parse(in);
      for (const auto& target : model.at("configurations").at(0).at("targets"))
        out.push_back(target.at("name"));
    }
    return out;
  }

  std::string label_, repository_, commit_;
  const build_settings& how_;
  cmake_settings cmake_;
  interrupts& interrupts_;
  fs::path place_;
};

}  // namespace

located_build locate_build(const std::string& name, const build_settings& how,
                           interrupts& interrupts) {
  const bool folder = fs::is_directory(name);
  if (folder && holds_binaries(name)) return {fs::absolute(name).lexically_normal(), name};
  const auto top = run_program({"git", "rev-parse", "--show-toplevel"}, interrupts);
  const auto commit = run_program(
      {"git", "rev-parse", "--quiet", "--verify", "--end-of-options", name + "^{commit}"},
      interrupts);
  if (!succeeded(top) || !succeeded(commit))
    throw usage_error{
        fmt::format("{}: {}; wants a build folder or a git revision", name,
                    folder ? "has no benchmark binary (bench_*) in it, and is no revision"
                    : !succeeded(top) ? "is no folder, and this is no git repository"
                                      : "is neither a folder nor a revision here")};
  const auto id = first_line(commit.output);
  const auto label =
      id.starts_with(name) ? id.substr(0, 12) : fmt::format("{} ({})", name, id.substr(0, 12));
  return {revision_build{label, first_line(top.output), id, how, interrupts}.make(), label};
}

}  // namespace command
