#pragma once

#include <atomic>
#include <cstdint>

#include "bench/contract/task.hpp"
#include "models/support/base/timer_heap.hpp"
#include "models/support/io/io_request.hpp"

namespace models::support {

class engine;
class reactor;
struct uv_watch;

struct descriptor;
struct parked_request;

// A timer that wakes a task, or that ends a request in flight whose time ran out.
struct wait_timer : timer {
  enum class kind : std::uint8_t { unused, wakes, ends } what = kind::unused;
  union {
    bench::waiter* task = nullptr;  // of `wakes`
    parked_request* request;        // of `ends`
  };
};

// A request that a task is parked for, in the task's own memory.
struct parked_request {
  io_request request;
  bench::waiter* who = nullptr;
  descriptor* on = nullptr;  // not of files
  bool polls = false;        // of io_uring: the kernel says when it is ready, no more
  bool late = false;         // of io_uring: it is to end, and the kernel has been told
  wait_timer deadline{};
  reactor* home = nullptr;   // whose worker finishes it
  bool cancellable = false;  // its task may be cancelled
  bool finished = false;     // of one that is cancellable, under the lock of the timers
  bool withdrawn = false;    // ended by `reactor::cancel`
};

// Stands for an event that came while nobody was parked.
inline constinit parked_request unclaimed_event{};

// A non-blocking descriptor that tasks wait on, one reader and one writer at a time. Engines that
// are told what is ready register it where a task first waits on it, and it stays there until it is
// closed.
struct descriptor {
  // One direction: quiet (nullptr), or a parked request, or `unclaimed_event`. Whoever parks makes
  // it so; all else is done by the worker of its engine.
  using side = std::atomic<parked_request*>;

  explicit descriptor(int number) : fd{number} {}
  side& side_of(const io_request& r) noexcept { return r.moves_out() ? out : in; }

  const int fd;
  bool drained = false;  // the last receive came short: there is nothing before the next event
  std::atomic<bool> hung_up = false;  // its end may be read at any time without another event
  std::atomic<engine*> home = nullptr;
  side in = nullptr, out = nullptr;
  descriptor* next = nullptr;  // once it is retired
  uv_watch* watch = nullptr;   // of libuv
};

}  // namespace models::support
