#include "bench/base/companion.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <tuple>
#include <utility>

extern char** environ;

namespace bench {
namespace {

constexpr int line_timeout_ms = 30'000;

cpu_set_t affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  return set;
}

// Before anything was pinned.
const cpu_set_t at_start = affinity();

cpu_set_t processors_of_companions() {
  const auto measured = affinity();
  cpu_set_t others;
  CPU_XOR(&others, &at_start, &measured);
  CPU_AND(&others, &others, &at_start);
  return CPU_COUNT(&others) > 0 ? others : at_start;
}

struct accounts {
  std::mutex lock;
  std::vector<pid_t> live;
  cost reaped;
};

accounts& all() {
  static accounts a;
  return a;
}

std::int64_t ns(const timeval& t) { return t.tv_sec * 1'000'000'000 + t.tv_usec * 1000; }

void check(int error, const char* call) {
  if (error != 0) throw std::system_error{error, std::generic_category(), call};
}

std::pair<int, int> make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe2");
  return {ends[0], ends[1]};
}

// For what a peer is told: unlike a pipe, it can be written to without a signal once that is dead.
std::pair<int, int> make_socket_pair() {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0 ? 0 : errno,
        "socketpair");
  return {ends[0], ends[1]};
}

void close_all(std::initializer_list<int> fds) {
  for (const int fd : fds)
    if (fd >= 0) ::close(fd);
}

// No signal is blocked in the peer, whatever this process blocks.
pid_t spawn(const std::string& path, std::vector<std::string>& arguments, int in, int out,
            int errors) {
  std::vector<char*> words;
  for (auto& a : arguments) words.push_back(a.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, path.c_str(), &actions, &attributes, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  check(error, ("cannot start " + path).c_str());
  return pid;
}

}  // namespace

cost reaped_companions() {
  const std::lock_guard held{all().lock};
  return all().reaped;
}

bool is_companion(pid_t pid) {
  const std::lock_guard held{all().lock};
  return std::ranges::find(all().live, pid) != all().live.end();
}

companion::companion(const std::string& program, std::vector<std::string> arguments)
    : program_{program} {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
  arguments.insert(arguments.begin(), path.string());
  arguments.insert(arguments.end(), {"--parent", std::to_string(::getpid())});
  int in = -1, out = -1;
  try {
    complaints_ = ::memfd_create("complaints", MFD_CLOEXEC);
    check(complaints_ >= 0 ? 0 : errno, "memfd_create");
    std::tie(in, in_) = make_socket_pair();
    std::tie(out_, out) = make_pipe();
    pid_ = spawn(path.string(), arguments, in, out, complaints_);
  } catch (...) {
    close_all({in, in_, out, out_, complaints_});
    throw;
  }
  close_all({in, out});
  const auto processors = processors_of_companions();
  ::sched_setaffinity(pid_, sizeof processors, &processors);
  const std::lock_guard held{all().lock};
  all().live.push_back(pid_);
}

companion::~companion() {
  stop();
  close_all({in_, out_, complaints_});
}

void companion::fail(const std::string& what) const {
  std::array<char, 1024> text{};
  const auto n = ::pread(complaints_, text.data(), text.size(), 0);
  std::string why{text.data(), static_cast<std::size_t>(std::max<ssize_t>(0, n))};
  while (!why.empty() && why.back() == '\n') why.pop_back();
  throw std::runtime_error{why.empty() ? fmt::format("{}: {}", program_, what) : why};
}

// False at the end of what it prints.
bool companion::read_more(int timeout_ms) {
  pollfd waiting{out_, POLLIN, 0};
  int ready = 0;
  do ready = ::poll(&waiting, 1, timeout_ms);
  while (ready < 0 && errno == EINTR);
  if (ready == 0) fail(fmt::format("said nothing for {} s", timeout_ms / 1000));
  std::array<char, 4096> bytes{};
  const auto n = ::read(out_, bytes.data(), bytes.size());
  if (n > 0) text_.append(bytes.data(), static_cast<std::size_t>(n));
  return n > 0;
}

std::string companion::line() {
  auto end = text_.find('\n');
  for (; end == std::string::npos; end = text_.find('\n'))
    if (!read_more(line_timeout_ms)) fail("ended before it was ready");
  auto first = text_.substr(0, end);
  text_.erase(0, end + 1);
  return first;
}

std::uint16_t companion::port() {
  const auto text = line();
  if (!text.starts_with("port ")) fail("announced no port: " + text);
  return static_cast<std::uint16_t>(std::stoul(text.substr(5)));
}

void companion::await_ready() {
  if (const auto text = line(); text != "ready") fail("was not ready: " + text);
}

void companion::go() noexcept {
  [[maybe_unused]] const auto n = ::send(in_, "\n", 1, MSG_NOSIGNAL);
}

nlohmann::json companion::result(int wait_s) {
  while (read_more(wait_s * 1000)) {
  }
  siginfo_t how{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &how, WEXITED | WNOWAIT) != 0 ||
      how.si_code != CLD_EXITED)
    fail("was killed");
  auto json = nlohmann::json::parse(std::exchange(text_, {}), nullptr, false);
  if (json.is_discarded()) fail(fmt::format("ended with status {}, and no result", how.si_status));
  return json;
}

void companion::stop() noexcept {
  if (pid_ < 0) return;
  constexpr int patience_ms = 2'000;
  ::kill(pid_, SIGTERM);
  rusage used{};
  int status = 0;
  pid_t gone = 0;
  for (int ms = 0; ms < patience_ms && gone == 0; ++ms) {
    gone = ::wait4(pid_, &status, WNOHANG, &used);
    if (gone == 0) ::poll(nullptr, 0, 1);
  }
  if (gone == 0) {
    ::kill(pid_, SIGKILL);
    ::wait4(pid_, &status, 0, &used);
  }
  const std::lock_guard held{all().lock};
  std::erase(all().live, pid_);
  all().reaped += {ns(used.ru_utime) + ns(used.ru_stime), used.ru_nvcsw, used.ru_nivcsw,
                   used.ru_minflt + used.ru_majflt};
  pid_ = -1;
}

}  // namespace bench
