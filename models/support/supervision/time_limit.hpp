#pragma once

#include <cstdint>

#include "bench/contract/task.hpp"
#include "models/support/base/futex.hpp"
#include "models/support/base/timing.hpp"
#include "models/support/io/reactor.hpp"
#include "models/support/scheduling/scheduler.hpp"
#include "models/support/supervision/cancel_scope.hpp"

namespace models::support {

// Cancels a scope when `ns` have passed, unless it is stopped before. Of tasks that park: a timer
// of the worker that they are on.
class parking_time_limit : bench::waiter {
 public:
  parking_time_limit(cancel_scope& s, std::int64_t ns)
      : waiter{&run_out}, scope_{s}, home_{worker::current()->events()} {
    timer_.what = wait_timer::kind::wakes;
    timer_.task = this;
    home_.start(timer_, ns);
  }
  parking_time_limit(const parking_time_limit&) = delete;
  ~parking_time_limit() { stop(); }

  void stop() noexcept {
    if (over_.load(std::memory_order_acquire) != 0) return;
    if (home_.cancel(timer_)) {
      over_.store(1, std::memory_order_relaxed);
      return;
    }
    // Another worker is about to call `run_out`, in the same turn in which it took the timer out.
    while (over_.load(std::memory_order_acquire) == 0) futex_wait(over_, 0);
  }

 private:
  static void run_out(waiter& w) noexcept {
    auto& self = static_cast<parking_time_limit&>(w);
    self.scope_.cancel(cancel_scope::time_is_up);
    auto& over = self.over_;
    over.store(1, std::memory_order_release);
    futex_wake(over);
  }

  cancel_scope& scope_;
  reactor& home_;
  wait_timer timer_;
  futex_word over_ = 0;
};

// The same for tasks that block a thread: whoever waits in the scope wakes up by itself.
class blocking_time_limit {
 public:
  blocking_time_limit(cancel_scope& s, std::int64_t ns) : scope_{s} {
    s.due_ns = monotonic_ns() + ns;
  }
  blocking_time_limit(const blocking_time_limit&) = delete;
  void stop() noexcept { scope_.due_ns = cancel_scope::never; }

 private:
  cancel_scope& scope_;
};

}  // namespace models::support
