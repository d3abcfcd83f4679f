#include "wire/origin/echo_server.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wire::origin {
namespace {

constexpr std::uint64_t listener_key = ~std::uint64_t{0}, signal_key = listener_key - 1;

struct connection {
  wire::unique_fd fd;
  std::string unsent;
};

// Sends what it can; false on an error other than a full socket.
bool send_some(int fd, const char* data, std::size_t size, std::size_t& sent) {
  const auto n = ::send(fd, data, size, MSG_NOSIGNAL);
  sent = n > 0 ? static_cast<std::size_t>(n) : 0;
  return n >= 0 || errno == EAGAIN;
}

// Echoes until one side blocks; false when the connection is over.
bool echo(connection& c, std::span<char> buffer, bool closing) {
  for (;;) {
    std::size_t sent = 0;
    if (!c.unsent.empty()) {
      if (!send_some(c.fd.get(), c.unsent.data(), c.unsent.size(), sent)) return false;
      c.unsent.erase(0, sent);
      if (!c.unsent.empty()) return true;
    }
    const auto n = ::recv(c.fd.get(), buffer.data(), buffer.size(), 0);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    const auto got = static_cast<std::size_t>(n);
    if (!send_some(c.fd.get(), buffer.data(), got, sent)) return false;
    c.unsent.assign(buffer.data() + sent, got - sent);
    // A short read has drained the socket: what comes later is a new edge. The peer's end may have
    // come with this one.
    if (c.unsent.empty() && got < buffer.size() && !closing) return true;
  }
}

}  // namespace

void serve_echo(wire::listener& listener, wire::stop_signals& signals) {
  const auto epoll = wire::make_epoll();
  wire::watch(epoll.get(), listener.fd(), EPOLLIN, listener_key);
  wire::watch(epoll.get(), signals.fd(), EPOLLIN, signal_key);
  std::vector<std::unique_ptr<connection>> connections;  // by descriptor
  std::vector<char> buffer(64 * 1024);
  std::array<epoll_event, 512> events;
  for (;;) {
    for (const auto& event : wire::wait(epoll.get(), events, -1)) {
      if (event.data.u64 == signal_key) {
        if (signals.stop()) return;
      } else if (event.data.u64 == listener_key) {
        while (auto fd = listener.accept()) {
          const auto at = static_cast<std::size_t>(fd.get());
          if (at >= connections.size()) connections.resize(at + 1);
          connections[at] = std::make_unique<connection>(connection{std::move(fd), {}});
          wire::watch(epoll.get(), static_cast<int>(at), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                      at);
        }
      } else if (auto& c = connections[event.data.u64];
                 c && !echo(*c, buffer, (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)) {
        c.reset();
      }
    }
  }
}

}  // namespace wire::origin
