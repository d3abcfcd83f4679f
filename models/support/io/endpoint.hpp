#pragma once

#include <array>
#include <cstdint>

namespace models::support {

// Sets up what tasks then wait on; none of it waits. All throw std::system_error with the call's
// name.

// A TCP socket that listens on 127.0.0.1, on a free port if `port` is 0.
int listen_on(std::uint16_t port, int backlog, bool blocking);
// A TCP socket for a connection to come.
int new_socket(bool blocking);
// The port of a bound socket.
std::uint16_t port_of(int fd);
// The read and the write end of a new pipe.
std::array<int, 2> new_pipe(bool blocking);
// Small messages go out at once (TCP_NODELAY).
void send_at_once(int fd);

}  // namespace models::support
