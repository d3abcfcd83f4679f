#pragma once

#include "models/support/channel.hpp"
#include "models/support/mutex.hpp"

namespace models::support {

// What bench::channel and bench::mutex are made of, for models whose tasks park.
struct parking_sync {
  template <class T>
  using channel = support::channel<T>;
  using mutex = parking_mutex;
};

// The same for models whose tasks block a thread.
struct blocking_sync {
  template <class T>
  using channel = support::channel<T>;
  using mutex = blocking_mutex;
};

}  // namespace models::support
