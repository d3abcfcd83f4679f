#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace workloads {

// An echo server without any model, as epoll_echo, but on one io_uring: what a server costs there
// at least. Accepts by one multishot request; each connection has a receive in flight, which begins
// with its poll, and is answered by a plain send, since that seldom has to wait. (Multishot
// receives into a ring of buffers, and sends by the ring, measured no better.)
//
// Accepts `connections` from a listening socket and serves them until the peers have closed them
// all. Throws std::system_error.
void serve_on_io_uring(int listener, long connections, std::size_t buffer_bytes);

// Why it cannot be had here, or nothing.
std::optional<std::string> io_uring_echo_missing();

}  // namespace workloads
