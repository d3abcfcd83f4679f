#pragma once

#include <cstddef>
#include <cstdint>

namespace workloads {

// An echo server on 127.0.0.1 without any model: one thread, one edge-triggered epoll instance, one
// buffer for all connections. What a server costs at least.
class epoll_echo {
 public:
  // `buffer_bytes`: longer than a message, so that a short read says that the socket is empty.
  explicit epoll_echo(std::size_t buffer_bytes);
  ~epoll_echo();
  epoll_echo(const epoll_echo&) = delete;

  std::uint16_t port() const { return port_; }
  int listener() const { return listener_; }
  // Accepts `connections` and serves them until the peers have closed them all. Throws
  // std::system_error.
  void serve(long connections);

 private:
  std::size_t buffer_bytes_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace workloads
