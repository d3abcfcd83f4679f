#include "workloads/far_side/epoll_echo.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

namespace workloads {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), what};
  return result;
}

struct connection {
  bool open = false;
  std::string unsent;
};

// One service of the connections of one run.
class service {
 public:
  service(int listener, std::size_t buffer_bytes) : listener_{listener}, buffer_(buffer_bytes) {
    watch(listener, EPOLLIN | EPOLLET);
  }
  ~service() {
    for (std::size_t fd = 0; fd < connections_.size(); ++fd)
      if (connections_[fd].open) ::close(static_cast<int>(fd));
    ::close(epoll_);
  }
  service(const service&) = delete;

  void run(long connections) {
    std::array<epoll_event, 256> events;
    accept_all();
    while (closed_ < connections) {
      const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < n; ++i) {
        if (events[i].data.fd == listener_) {
          accept_all();
        } else {
          serve(events[i].data.fd, (events[i].events & ~(EPOLLIN | EPOLLOUT)) != 0);
        }
      }
    }
  }

 private:
  void watch(int fd, std::uint32_t events) const {
    epoll_event event{.events = events, .data = {.fd = fd}};
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }

  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && errno == EAGAIN) return;
      checked(fd, "accept4");
      if (connections_.size() <= static_cast<std::size_t>(fd)) connections_.resize(fd + 1);
      connections_[fd].open = true;
      const int yes = 1;
      checked(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), "setsockopt");
      watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
      serve(fd, false);
    }
  }

  // Until the socket is empty or full; `hung_up`: until its end.
  void serve(int fd, bool hung_up) {
    auto& unsent = connections_[fd].unsent;
    for (;;) {
      if (!unsent.empty() && !send(fd, unsent.data(), unsent.size(), unsent)) return;
      unsent.clear();
      const auto n = ::recv(fd, buffer_.data(), buffer_.size(), 0);
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) return close(fd);
      const auto size = static_cast<std::size_t>(n);
      if (!send(fd, buffer_.data(), size, unsent)) return;
      if (size < buffer_.size() && !hung_up) return;
    }
  }

  // True: all sent. What is left over is kept in `unsent`, and goes when there is room.
  bool send(int fd, const char* bytes, std::size_t size, std::string& unsent) {
    const auto n = ::send(fd, bytes, size, MSG_NOSIGNAL);
    if (n == static_cast<ssize_t>(size)) return true;
    unsent = std::string{bytes + (n < 0 ? 0 : n), bytes + size};
    return false;
  }

  void close(int fd) {
    ::close(fd);
    connections_[fd] = {};
    ++closed_;
  }

  int listener_;
  int epoll_ = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  long closed_ = 0;
  std::vector<char> buffer_;
  std::vector<connection> connections_;  // by descriptor
};

}  // namespace

epoll_echo::epoll_echo(std::size_t buffer_bytes) : buffer_bytes_{buffer_bytes} {
  listener_ = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  sockaddr_in here{
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t length = sizeof here;
  auto* const address = reinterpret_cast<sockaddr*>(&here);
  checked(::bind(listener_, address, length), "bind");
  checked(::listen(listener_, SOMAXCONN), "listen");
  checked(::getsockname(listener_, address, &length), "getsockname");
  port_ = ntohs(here.sin_port);
}

epoll_echo::~epoll_echo() { ::close(listener_); }

void epoll_echo::serve(long connections) { service{listener_, buffer_bytes_}.run(connections); }

}  // namespace workloads
