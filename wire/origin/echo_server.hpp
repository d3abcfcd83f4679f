#pragma once

#include "wire/program.hpp"
#include "wire/sockets.hpp"

namespace wire::origin {

// A single-threaded echo server over epoll without any model: what the others are measured from.
// Holds at most 64 KiB for a peer that does not read; answers nothing more until it does.
void serve_echo(wire::listener& listener, wire::stop_signals& signals);

}  // namespace wire::origin
