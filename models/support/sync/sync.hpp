#pragma once

#include "models/support/sync/barrier.hpp"
#include "models/support/sync/channel.hpp"
#include "models/support/sync/condition.hpp"
#include "models/support/sync/event.hpp"
#include "models/support/sync/mutex.hpp"
#include "models/support/sync/semaphore.hpp"

namespace models::support {

// What bench/contract/operations.hpp is made of, for models whose tasks live in one process. All of
// them wait in the same lines; a thread that waits sleeps on a futex word of its own.
template <class Mutex>
struct local_sync {
  template <class T>
  using channel = support::channel<T>;
  using mutex = Mutex;
  using condition = support::condition<Mutex>;
  using event = support::event;
  using semaphore = support::semaphore;
  using barrier = support::barrier;
};

// For models whose tasks park.
using parking_sync = local_sync<parking_mutex>;
// For models whose tasks block a thread.
using blocking_sync = local_sync<blocking_mutex>;

}  // namespace models::support
