#pragma once

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "models/support/base/timing.hpp"
#include "models/support/io/endpoint.hpp"
#include "models/support/io/io_request.hpp"

namespace models::support {

// What bench::sleep_for, bench::stream and their kin are made of, for models whose tasks hold a
// thread: plain system calls on blocking descriptors, as people write them.
struct blocking_io {
  using handle = int;
  using kind = io_kind;
  using request = io_request;

  static int listen_on(std::uint16_t port, int backlog) {
    return support::listen_on(port, backlog, true);
  }
  static int new_socket() { return support::new_socket(true); }
  static std::array<int, 2> new_pipe() { return support::new_pipe(true); }
  static void send_at_once(int fd) { support::send_at_once(fd); }
  static std::uint16_t port_of(int fd) { return support::port_of(fd); }

  static handle adopt(int fd) noexcept { return fd; }
  static int fd_of(handle h) noexcept { return h; }
  static void close(handle h) noexcept { ::close(h); }
  static void hand_over(handle) noexcept {}

  struct sleep_operation {
    std::int64_t ns;
    bool ready() noexcept {
      if (ns <= 0) return true;
      auto left = to_timespec(ns);
      while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
      }
      return true;
    }
    static bool park(bench::waiter&) noexcept { return false; }
    static void result() noexcept {}
    // For tasks that may be cancelled, which this system call cannot be.
    std::int64_t sleeps_ns() const noexcept { return ns; }
  };
  static sleep_operation sleep(std::int64_t ns) { return {ns}; }

  struct operation {
    io_request request;
    std::int64_t timeout_ns;

    bool ready() noexcept {
      if (timeout_ns < 0) {
        attempt(request);
      } else {
        attempt_until(request, monotonic_ns() + timeout_ns);
      }
      return true;
    }
    static bool park(bench::waiter&) noexcept { return false; }
    bench::io_result result() const noexcept { return request.result; }
  };
  static operation start(handle on, io_request r, std::int64_t timeout_ns) {
    r.fd = on;
    return {r, timeout_ns};
  }
  static operation start(const io_request& r) { return {r, bench::no_timeout}; }
};

// The same for models whose tasks are forked: a child has its own copy of each descriptor.
struct forked_io : blocking_io {
  static void hand_over(handle h) noexcept { ::close(h); }
};

}  // namespace models::support
