#include "bench/command/common/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "bench/measure/clock.hpp"
#include "bench/measure/cost.hpp"

namespace command {
namespace {

[[noreturn]] void fail(const char* call) {
  throw std::system_error{errno, std::generic_category(), call};
}

int checked(int result, const char* call) {
  if (result < 0) fail(call);
  return result;
}

class descriptor {
 public:
  explicit descriptor(int fd) : fd_{fd} {}
  ~descriptor() { reset(); }
  descriptor(const descriptor&) = delete;
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// Keeps the end of what comes through a pipe.
class tail {
 public:
  // False at the end of the pipe.
  bool read_from(int fd) {
    char bytes[4096];
    for (;;) {
      const auto n = ::read(fd, bytes, sizeof bytes);
      if (n == 0) return false;
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      text_.append(bytes, static_cast<std::size_t>(n));
      if (text_.size() > 2 * most) text_.erase(0, text_.size() - most);
    }
  }

  std::string last_line() const {
    const auto end = text_.find_last_not_of(" \n\r\t");
    if (end == std::string::npos) return {};
    const auto start = text_.find_last_of('\n', end);
    return text_.substr(start + 1, end - start);
  }

 private:
  static constexpr std::size_t most = 64 * 1024;
  std::string text_;
};

std::string contents(int fd) {
  std::string text(static_cast<std::size_t>(checked(::lseek(fd, 0, SEEK_END), "lseek")), '\0');
  const auto n = ::pread(fd, text.data(), text.size(), 0);
  if (n < 0) fail("pread");
  text.resize(static_cast<std::size_t>(n));
  return text;
}

long kills_for_memory() {
  std::ifstream in{"/proc/vmstat"};
  long count = 0;
  for (std::string key; in >> key >> count;)
    if (key == "oom_kill") return count;
  return 0;
}

// In the child, up to exec: nothing that allocates or locks.
[[noreturn]] void become(char* const* argv, pid_t parent, const sigset_t& mask, int answer_fd,
                         int answer_at, int errors_fd) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it was gone before it could be watched
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, 0);
  ::dup2(nothing, 1);
  ::dup2(errors_fd, 2);
  if (answer_fd == answer_at) {
    ::fcntl(answer_fd, F_SETFD, 0);
  } else {
    ::dup2(answer_fd, answer_at);
  }
  ::signal(SIGPIPE, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execv(argv[0], argv);
  const char* why = ::strerrordesc_np(errno);
  ::write(2, "cannot be run: ", 15);
  ::write(2, why, std::strlen(why));
  ::_exit(127);
}

// The children of this process apart from those that it had before.
std::vector<pid_t> new_children(const std::vector<pid_t>& known) {
  auto now = bench::live_children();
  std::erase_if(now, [&](pid_t pid) { return std::ranges::find(known, pid) != known.end(); });
  return now;
}

// Gives the orphans of a sample a moment to end by themselves, then kills them, and theirs, until
// none is left. How many had to be killed.
int clear_orphans(const std::vector<pid_t>& known) {
  constexpr std::int64_t patience_ns = 200'000'000, give_up_ns = 10'000'000'000;
  const auto start = bench::now_ns();
  int killed = 0;
  for (auto left = new_children(known); !left.empty(); left = new_children(known)) {
    const auto waited = bench::now_ns() - start;
    for (const pid_t pid : left) {
      if (::waitpid(pid, nullptr, WNOHANG) == pid || waited < patience_ns) continue;
      ::kill(pid, SIGKILL);
      if (::waitpid(pid, nullptr, 0) == pid) ++killed;
    }
    if (waited > give_up_ns) break;
    ::poll(nullptr, 0, 1);
  }
  return killed;
}

// Until the child ends, its time is up or an interrupt comes.
void wait_for(const child_options& o, int pidfd, int errors_fd, interrupts& interrupts,
              std::int64_t start, ended& e, tail& errors) {
  constexpr std::int64_t ns_per_s = 1'000'000'000, tick_ns = ns_per_s;
  const auto deadline = start + static_cast<std::int64_t>(o.timeout_s * 1e9);
  auto next_tick = start + tick_ns;
  pollfd waits[] = {{pidfd, POLLIN, 0}, {interrupts.fd(), POLLIN, 0}, {errors_fd, POLLIN, 0}};
  for (;;) {
    const auto now = bench::now_ns();
    if (now >= deadline) {
      e.timed_out = true;
      return;
    }
    if (now >= next_tick) {
      if (o.tick) o.tick();
      next_tick = now + tick_ns;
    }
    const auto until = std::min(deadline, next_tick);
    const timespec left{(until - now) / ns_per_s, (until - now) % ns_per_s};
    if (::ppoll(waits, std::size(waits), &left, nullptr) < 0 && errno != EINTR) fail("ppoll");
    if (waits[2].revents != 0 && !errors.read_from(errors_fd)) waits[2].fd = -1;
    if (waits[0].revents != 0) return;
    if (waits[1].revents != 0 && interrupts.arrived()) {
      e.interrupted = true;
      return;
    }
  }
}

}  // namespace

interrupts::interrupts() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&wanted, number);
  ::sigprocmask(SIG_BLOCK, &wanted, &before_);
  fd_ = checked(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
  checked(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
}

interrupts::~interrupts() {
  ::close(fd_);
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool interrupts::arrived() {
  signalfd_siginfo info;
  while (::read(fd_, &info, sizeof info) == sizeof info) arrived_ = true;
  return arrived_;
}

ended run_child(const child_options& o, interrupts& interrupts) {
  const auto known = bench::live_children();
  const descriptor output{checked(::memfd_create("answer", MFD_CLOEXEC), "memfd_create")};
  int ends[2];
  checked(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe2");
  const descriptor errors_in{ends[0]};
  descriptor errors_out{ends[1]};
  ::fcntl(errors_out.get(), F_SETFL, 0);  // only our end must not block

  std::vector<char*> argv;
  for (const auto& word : o.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  ended e;
  const auto kills = kills_for_memory();
  const auto start = bench::now_ns();
  const pid_t parent = ::getpid(), child = checked(::fork(), "fork");
  if (child == 0)
    become(argv.data(), parent, interrupts.mask_before(), output.get(), static_cast<int>(o.to),
           errors_out.get());
  errors_out.reset();
  tail errors;
  {
    const descriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))};
    if (pidfd.get() < 0) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      fail("pidfd_open");
    }
    wait_for(o, pidfd.get(), errors_in.get(), interrupts, start, e, errors);
  }
  if (e.timed_out || e.interrupted) ::kill(child, SIGKILL);
  rusage used{};
  while (::wait4(child, &e.status, 0, &used) < 0 && errno == EINTR) {
  }
  e.wall_s = 1e-9 * static_cast<double>(bench::now_ns() - start);
  e.major_faults = used.ru_majflt;
  e.orphans = clear_orphans(known);
  errors.read_from(errors_in.get());
  e.last_error_line = errors.last_line();
  e.output = contents(output.get());
  e.out_of_memory = kills_for_memory() != kills;
  return e;
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  const char* text = ::sigdescr_np(number);
  return name != nullptr ? fmt::format("SIG{} ({})", name, text) : fmt::format("signal {}", number);
}

}  // namespace command
