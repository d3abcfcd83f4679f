#pragma once

#include <cstdint>
#include <limits>

#include "bench/contract/supervision.hpp"
#include "bench/contract/task.hpp"
#include "models/support/base/lock.hpp"

namespace models::support {

class cancel_scope;
class worker;

// What stands where a task's innermost scope is noted: a number without the bit `scope_bit` where
// there is none, and what it is then belongs to whose place it is.
using scope_link = std::uintptr_t;
inline constexpr scope_link scope_bit = 2;
inline cancel_scope* scope_in(scope_link link) noexcept {
  return (link & scope_bit) != 0 ? reinterpret_cast<cancel_scope*>(link - scope_bit) : nullptr;
}

// A stretch of a task's way in which it can be cancelled (the term is Trio's): a spawned task as a
// whole, what must end within a time, the body of a group. A task is in one after the other, each
// inside the one before; to cancel one ends the innermost's wait, and whoever set the scope up
// knows by `thrown` whose exception comes along. What is asked for while the task runs is thrown by
// its next wait that really waits.
//
// The lock is held while the task parks and while somebody takes its wait back, and the task itself
// passes it when it goes on: the operation is there as long as anybody but the task looks at it.
class cancel_scope {
 public:
  enum reason : std::uint8_t { from_outside = 1, sibling_failed = 2, time_is_up = 4 };

  cancel_scope() = default;
  // A scope that what lies outside of it cannot cancel.
  enum shield_tag { shield };
  explicit cancel_scope(shield_tag) : shields_{true} {}
  cancel_scope(const cancel_scope&) = delete;
  ~cancel_scope() { leave(); }

  // Any thread, as long as the scope lives.
  void cancel(reason why = from_outside) noexcept;
  bool requested() const noexcept;

  // The task: from now on it is in this scope, up to `leave`, which may be called more than once.
  // `place` is where the task's innermost scope is noted; `outer` is that scope.
  void enter(scope_link& place, cancel_scope* outer) noexcept;
  void leave() noexcept;

  // The task: parks; false: it goes on at once. Either way `resume` comes next.
  template <bench::operation Op>
  bool park(Op& op, bench::waiter& w);
  // The task: whether its wait was served; false: it has been withdrawn. Both may throw nothing.
  template <bench::operation Op>
  bool resume(const Op& op) noexcept;

  // The task: the reasons for which it was thrown `cancelled` in here, once it has left.
  bool thrown(reason why) const noexcept { return (thrown_ & why) != 0; }

  // Of models whose tasks block a thread: when the time of this scope, or of one around it, is up,
  // on the monotonic clock; and the scope that says so.
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  std::int64_t due_ns = never;
  cancel_scope* earliest() noexcept;

  worker* home = nullptr;  // of a coroutine that waits

 private:
  void request(unsigned why) noexcept;

  mutable lock lock_;
  const bool shields_ = false;
  bool withdrawn_ = false;
  std::uint8_t requested_ = 0;  // not thrown yet
  std::uint8_t thrown_ = 0;
  cancel_scope* inner_ = nullptr;
  cancel_scope* outer_ = nullptr;
  scope_link* place_ = nullptr;
  scope_link before_ = 0;

  // What the task waits for in here, and how to take it back.
  void* operation_ = nullptr;
  bool (*withdraw_)(void* operation) noexcept = nullptr;
  bench::waiter* waiter_ = nullptr;
};

template <bench::operation Op>
bool cancel_scope::park(Op& op, bench::waiter& w) {
  const lock_guard guard{lock_};
  if (requested_ != 0) {
    withdrawn_ = true;
    return false;
  }
  if constexpr (requires { op.make_cancellable(); }) op.make_cancellable();
  if (!op.park(w)) return false;
  if constexpr (bench::cancellable<Op>) {
    operation_ = &op;
    withdraw_ = [](void* o) noexcept { return static_cast<Op*>(o)->cancel(); };
    waiter_ = &w;
  }
  return true;
}

template <bench::operation Op>
bool cancel_scope::resume(const Op& op) noexcept {
  const lock_guard guard{lock_};
  operation_ = nullptr;
  if constexpr (requires { op.withdrawn(); }) withdrawn_ = withdrawn_ || op.withdrawn();
  if (!withdrawn_) return true;
  withdrawn_ = false;
  thrown_ |= requested_;
  requested_ = 0;
  return false;
}

// What the task is thrown whose wait was withdrawn.
template <bench::operation Op>
[[noreturn]] void throw_cancelled(const Op& op) {
  if constexpr (requires { op.moved(); }) throw bench::cancelled{op.moved()};
  throw bench::cancelled{};
}

}  // namespace models::support
