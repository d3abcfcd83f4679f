#pragma once

#include <cstdint>

#include "bench/contract/supervision.hpp"
#include "bench/contract/task.hpp"
#include "models/support/base/futex.hpp"
#include "models/support/base/timing.hpp"
#include "models/support/supervision/cancel_scope.hpp"

namespace models::support {

// The innermost scope of the task that this thread runs.
inline constinit thread_local scope_link this_threads_scope = 0;

// A thread parked on a futex word on its own stack. The waker's last access to it is the exchange:
// the wake-up itself names an address only, so the thread may be gone by then.
class thread_waiter : public bench::waiter {
 public:
  thread_waiter() : waiter{&wake_thread} {}

  void sleep() {
    while (word_.load(std::memory_order_acquire) == parked) futex_wait(word_, parked);
  }

  // Nobody else looks at the time for a thread: it cancels a scope that is due itself.
  void sleep_in(cancel_scope& scope) {
    while (word_.load(std::memory_order_acquire) == parked) {
      auto& first = *scope.earliest();
      if (first.due_ns == cancel_scope::never) {
        futex_wait(word_, parked);
      } else if (const auto left = first.due_ns - monotonic_ns(); left > 0) {
        const auto timeout = to_timespec(left);
        futex_wait(word_, parked, futex_scope::process, &timeout);
      } else {
        first.due_ns = cancel_scope::never;
        first.cancel(cancel_scope::time_is_up);
      }
    }
  }

 private:
  static constexpr std::uint32_t parked = 0, woken = 1;

  static void wake_thread(waiter& w) noexcept {
    auto& word = static_cast<thread_waiter&>(w).word_;
    word.exchange(woken, std::memory_order_release);
    futex_wake(word);
  }

  futex_word word_ = parked;
};

// Waits in a scope by blocking the calling thread; false: withdrawn.
template <bench::operation Op>
bool block_thread_in(cancel_scope& scope, Op& op) {
  if (op.ready()) return true;
  thread_waiter w;
  if (scope.park(op, w)) w.sleep_in(scope);
  const bool served = scope.resume(op);
  // Some are withdrawn only once they have taken something back: here, where the thread may wait
  // for it, and not under the scope's lock.
  if constexpr (requires { op.withdrawn(); })
    if (!served && op.withdrawn()) op.result();
  return served;
}

// Sleeps in a scope, as a wait for nothing whose time is limited; false: withdrawn.
inline bool sleep_thread_in(cancel_scope& scope, std::int64_t ns) {
  struct nothing {
    static bool ready() noexcept { return false; }
    static bool park(bench::waiter&) noexcept { return true; }
    static bool cancel() noexcept { return true; }
    static void result() noexcept {}
  } never;
  cancel_scope nap;
  nap.enter(this_threads_scope, &scope);
  nap.due_ns = monotonic_ns() + ns;
  block_thread_in(nap, never);
  nap.leave();
  return !nap.thrown(cancel_scope::from_outside);
}

// Waits for an operation by blocking the calling thread.
template <bench::operation Op>
decltype(auto) block_thread(Op& op) {
  if (auto* const scope = scope_in(this_threads_scope)) [[unlikely]] {
    bool served = true;
    if constexpr (requires { op.sleeps_ns(); }) {
      served = op.sleeps_ns() <= 0 || sleep_thread_in(*scope, op.sleeps_ns());
    } else {
      served = block_thread_in(*scope, op);
    }
    if (!served) throw bench::cancelled{};
  } else if (!op.ready()) {
    thread_waiter w;
    if (op.park(w)) w.sleep();
  }
  return op.result();
}

}  // namespace models::support
