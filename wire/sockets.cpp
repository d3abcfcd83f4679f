#include "wire/sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace wire {
namespace {

[[noreturn]] void fail(const std::string& call) {
  throw std::system_error{errno, std::generic_category(), call};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

unique_fd make_socket() {
  unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) fail("socket");
  return fd;
}

void set_option(int fd, int level, int name) {
  const int on = 1;
  ::setsockopt(fd, level, name, &on, sizeof on);
}

// Waits until it is known how a connect went: 0, or its error.
int outcome_of_connect(int fd) {
  constexpr int timeout_ms = 10'000;
  pollfd waiting{fd, POLLOUT, 0};
  if (::poll(&waiting, 1, timeout_ms) != 1) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

int open_spare() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

void unique_fd::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

listener::listener(std::uint16_t port) : socket_{make_socket()}, spare_{open_spare()} {
  set_option(fd(), SOL_SOCKET, SO_REUSEADDR);
  const auto address = loopback(port);
  if (::bind(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("bind to 127.0.0.1:" + std::to_string(port));
  if (::listen(fd(), 4096) != 0) fail("listen");
}

std::uint16_t listener::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  return ntohs(address.sin_port);
}

unique_fd listener::accept() {
  for (;;) {
    unique_fd fd{::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (fd) {
      set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY);
      return fd;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if ((errno == EMFILE || errno == ENFILE) && spare_) {
      spare_.reset();
      unique_fd{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)}.reset();
      spare_ = unique_fd{open_spare()};
      ++turned_away_;
    }
    return {};
  }
}

unique_fd connect_to(std::uint16_t port) {
  auto fd = make_socket();
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  const auto address = loopback(port);
  int error = 0;
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    error = errno == EINPROGRESS ? outcome_of_connect(fd.get()) : errno;
  if (error != 0)
    throw std::system_error{error, std::generic_category(),
                            "connect to 127.0.0.1:" + std::to_string(port)};
  return fd;
}

unique_fd make_epoll() {
  unique_fd fd{::epoll_create1(EPOLL_CLOEXEC)};
  if (!fd) fail("epoll_create1");
  return fd;
}

void watch(int epoll, int fd, std::uint32_t events, std::uint64_t data) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

std::uint64_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace wire
