#include "wire/program.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace wire {
namespace {

constexpr int parent_ended = SIGUSR1;

}  // namespace

stop_signals::stop_signals(pid_t parent) : parent_{parent} {
  // Timers are as late as the slack: 50 us unless told otherwise.
  ::prctl(PR_SET_TIMERSLACK, 1);
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, parent_ended}) ::sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  fd_ = unique_fd{::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
  if (!fd_) throw std::system_error{errno, std::generic_category(), "signalfd"};
  if (parent_ == 0) return;
  if (::prctl(PR_SET_PDEATHSIG, parent_ended) != 0)
    throw std::system_error{errno, std::generic_category(), "prctl(PR_SET_PDEATHSIG)"};
  if (::getppid() != parent_)
    throw std::runtime_error{"--parent " + std::to_string(parent_) +
                             ": that is not the process that started this one, or it has ended"};
}

bool stop_signals::stop() {
  bool ends = false;
  for (signalfd_siginfo info{}; ::read(fd(), &info, sizeof info) == sizeof info;)
    ends |= static_cast<int>(info.ssi_signo) != parent_ended || ::getppid() != parent_;
  return ends;
}

std::span<epoll_event> wait(int epoll, std::span<epoll_event> events, std::int64_t timeout_ns) {
  constexpr std::int64_t ns_per_s = 1'000'000'000;
  const timespec timeout{timeout_ns / ns_per_s, timeout_ns % ns_per_s};
  const int n = ::epoll_pwait2(epoll, events.data(), static_cast<int>(events.size()),
                               timeout_ns < 0 ? nullptr : &timeout, nullptr);
  if (n < 0 && errno != EINTR)
    throw std::system_error{errno, std::generic_category(), "epoll_pwait2"};
  return events.first(n < 0 ? 0 : static_cast<std::size_t>(n));
}

std::int64_t cpu_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

std::int64_t queued_ns() {
  std::ifstream in{"/proc/self/schedstat"};
  std::int64_t ran = 0, queued = 0;
  in >> ran >> queued;
  return queued;
}

}  // namespace wire
