#pragma once

#include "bench/contract/task.hpp"
#include "models/support/processes/shared_barrier.hpp"
#include "models/support/processes/shared_channel.hpp"
#include "models/support/processes/shared_event.hpp"
#include "models/support/processes/shared_mutex.hpp"
#include "models/support/processes/shared_semaphore.hpp"

namespace models::support {

// What bench/contract/operations.hpp is made of, for models whose tasks are processes: all of it
// lies in a shared_arena, and a process that dies in it leaves an error to the next at most, never
// a wait without end.
struct shared_sync {
  template <class T>
  using channel = shared_channel<T>;
  using mutex = shared_mutex;
  using condition = shared_condition;
  using event = shared_event;
  using semaphore = shared_semaphore;
  using barrier = shared_barrier;
};

}  // namespace models::support
