#include "models/support/io/io_request.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "models/support/base/timing.hpp"

namespace models::support {
namespace {

bool finish(io_request& r, int error) noexcept {
  r.result.error = error;
  return true;
}

// One system call; a read or write goes on where the last one stopped.
ssize_t call(const io_request& r) noexcept {
  auto* const at = static_cast<std::byte*>(r.data) + r.result.value;
  auto left = r.size - static_cast<std::size_t>(r.result.value);
  const int flags = r.polled ? MSG_DONTWAIT : 0;
  switch (r.kind) {
    case io_kind::accept:
      return ::accept4(r.fd, nullptr, nullptr, SOCK_CLOEXEC | r.flags);
    case io_kind::receive:
      return ::recv(r.fd, at, left, flags);
    case io_kind::send:
      return ::send(r.fd, at, left, flags | MSG_NOSIGNAL);
    case io_kind::read:
      return r.offset < 0 ? ::read(r.fd, at, left)
                          : ::pread(r.fd, at, left, r.offset + r.result.value);
    case io_kind::write:
      // A pipe that is ready has room for this much, and would block for more.
      if (r.polled) left = std::min<std::size_t>(left, PIPE_BUF);
      return r.offset < 0 ? ::write(r.fd, at, left)
                          : ::pwrite(r.fd, at, left, r.offset + r.result.value);
    case io_kind::open:
      return ::open(static_cast<const char*>(r.data), r.flags | O_CLOEXEC, 0666);
    case io_kind::fsync:
      return ::fsync(r.fd);
    case io_kind::connect:
      break;
  }
  return 0;
}

bool try_connect(io_request& r) noexcept {
  if (r.result.value == 0) {
    r.result.value = 1;
    if (::connect(r.fd, static_cast<const sockaddr*>(r.data), static_cast<socklen_t>(r.size)) == 0)
      return finish(r, 0);
    if (errno == EINPROGRESS) return false;
    // An interrupted connect goes on by itself; on a blocking socket its end must be waited for.
    if (errno != EINTR) return finish(r, errno);
  }
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(r.fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return finish(r, errno);
  if (error != 0) return finish(r, error);
  // No error and no peer: the event that we were called for was not the connection's.
  sockaddr_storage peer;
  length = sizeof peer;
  if (::getpeername(r.fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0) return finish(r, 0);
  return errno == ENOTCONN ? false : finish(r, errno);
}

}  // namespace

bool attempt(io_request& r) noexcept {
  if (r.kind == io_kind::connect) return try_connect(r);
  for (;;) {
    const auto n = call(r);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return false;
      // The peer gave up between the handshake and here: its loss, the next one is waited for.
      if (r.kind == io_kind::accept && (errno == ECONNABORTED || errno == EPROTO)) continue;
      return finish(r, errno);
    }
    r.result.value += n;
    if (!r.moves_bytes() || !r.all || n == 0 || static_cast<std::size_t>(r.result.value) == r.size)
      return finish(r, 0);
    if (r.polled) return false;
  }
}

void attempt_until(io_request& r, std::int64_t deadline_ns) noexcept {
  r.polled = true;
  if (r.kind == io_kind::connect) {
    const auto left = to_timespec(std::max<std::int64_t>(deadline_ns - monotonic_ns(), 1'000));
    const timeval limit{.tv_sec = left.tv_sec, .tv_usec = left.tv_nsec / 1'000};
    ::setsockopt(r.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (!attempt(r)) r.result.error = ETIMEDOUT;
    const timeval none{};
    ::setsockopt(r.fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
    return;
  }
  for (;;) {
    const auto left = to_timespec(std::max<std::int64_t>(deadline_ns - monotonic_ns(), 0));
    pollfd ready{
        .fd = r.fd, .events = static_cast<short>(r.moves_out() ? POLLOUT : POLLIN), .revents = 0};
    const int n = ::ppoll(&ready, 1, &left, nullptr);
    if (n == 0) {
      r.result.error = ETIMEDOUT;
      return;
    }
    if (n > 0 && attempt(r)) return;
  }
}

}  // namespace models::support
