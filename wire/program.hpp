#pragma once

#include <sys/epoll.h>
#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>

#include "wire/sockets.hpp"

namespace wire {

// What ends a peer: SIGINT, SIGTERM, and the end of the process that started it. The signals are
// read from a descriptor, so that they come between two turns of the loop.
class stop_signals {
 public:
  // `parent` is the process to end with, 0 for none. Throws std::runtime_error if it is gone.
  explicit stop_signals(pid_t parent);
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  // Reads what has come: whether to stop. The kernel tells of the end of the *thread* that started
  // us, so that alone is no reason.
  bool stop();

 private:
  pid_t parent_;
  unique_fd fd_;
};

// epoll_wait with a time-out in nanoseconds (negative: none); interrupted waits return nothing.
std::span<epoll_event> wait(int epoll, std::span<epoll_event> events, std::int64_t timeout_ns);

// User and system time of this process, and the time that it was ready but had no processor (0
// where the kernel does not tell).
std::int64_t cpu_ns();
std::int64_t queued_ns();

}  // namespace wire
