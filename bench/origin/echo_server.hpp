#pragma once

#include "bench/peers/program.hpp"
#include "bench/peers/sockets.hpp"

namespace bench::origin {

// A single-threaded echo server over epoll without any model: what the others are measured from.
// Holds at most 64 KiB for a peer that does not read; answers nothing more until it does.
void serve_echo(peers::listener& listener, peers::stop_signals& signals);

}  // namespace bench::origin
