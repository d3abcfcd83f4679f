#pragma once

#include <cstdint>

#include "wire/sockets.hpp"
#include "workloads/far_side/web_session.hpp"

namespace workloads {

// The HTTP server without any model: one thread, one edge-triggered epoll instance, and queues of
// the requests that wait and of the peers that are silent, all of one for the same time. What
// serving costs at least.
class epoll_web {
 public:
  explicit epoll_web(const serve_plan& plan) : plan_{plan} {}

  std::uint16_t port() const { return listener_.port(); }
  // Accepts `connections` and serves them until they are all closed. Throws std::system_error.
  void serve(long connections);

 private:
  serve_plan plan_;
  wire::listener listener_{0};
};

}  // namespace workloads
