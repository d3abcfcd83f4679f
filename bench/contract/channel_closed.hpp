#pragma once

#include <stdexcept>

namespace bench {

// Thrown by a send into a channel that is closed, and by a receive once nothing is left in it.
struct channel_closed : std::runtime_error {
  channel_closed() : runtime_error{"the channel is closed"} {}
};

}  // namespace bench
