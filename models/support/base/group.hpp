#pragma once

#include <atomic>
#include <exception>
#include <utility>

#include "models/support/base/call.hpp"

namespace models::support {

// The first error of a group's tasks, kept for the joiner.
class failure {
 public:
  // Called in a catch block, by any task. The caller's completion is what publishes it to the
  // joiner.
  void capture() noexcept {
    if (!taken_.exchange(true, std::memory_order_relaxed)) error_ = std::current_exception();
  }

  // Called by the joiner, when all tasks have finished.
  void rethrow() {
    if (error_) [[unlikely]] {
      taken_.store(false, std::memory_order_relaxed);
      std::rethrow_exception(std::exchange(error_, nullptr));
    }
  }

 private:
  std::atomic<bool> taken_ = false;
  std::exception_ptr error_;
};

// The spawning half of a group, for models whose bodies are ordinary functions. `Derived` has
// `template <class Call> void start(const Call&)`, which runs `call(m)` as a task.
template <class Derived, class M>
class spawner {
 public:
  // Starts `body(m, args...)` as a task; its result is in `*slot` once the group is joined.
  template <class T, bench::task_body Body, bench::message... Args>
  void spawn(T* slot, Body, Args... args) {
    static_cast<Derived&>(*this).start(call<M, T, Body, Args...>{slot, {args...}});
  }

  template <bench::task_body Body, bench::message... Args>
  void spawn(Body, Args... args) {
    static_cast<Derived&>(*this).start(call<M, void, Body, Args...>{{}, {args...}});
  }
};

}  // namespace models::support
