#include "models/support/io/endpoint.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace models::support {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), what};
  return result;
}

}  // namespace

int new_socket(bool blocking) {
  const int type = SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK);
  return checked(::socket(AF_INET, type, 0), "socket");
}

int listen_on(std::uint16_t port, int backlog, bool blocking) {
  const int fd = new_socket(blocking);
  try {
    const int yes = 1;
    checked(::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "setsockopt");
    const sockaddr_in here{.sin_family = AF_INET,
                           .sin_port = htons(port),
                           .sin_addr = {htonl(INADDR_LOOPBACK)},
                           .sin_zero = {}};
    checked(::bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here), "bind");
    checked(::listen(fd, backlog), "listen");
  } catch (...) {
    ::close(fd);
    throw;
  }
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in here{};
  socklen_t length = sizeof here;
  checked(::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &length), "getsockname");
  return ntohs(here.sin_port);
}

std::array<int, 2> new_pipe(bool blocking) {
  std::array<int, 2> ends;
  checked(::pipe2(ends.data(), O_CLOEXEC | (blocking ? 0 : O_NONBLOCK)), "pipe2");
  return ends;
}

void send_at_once(int fd) {
  const int yes = 1;
  checked(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), "setsockopt");
}

}  // namespace models::support
