#pragma once

#include <functional>
#include <mutex>

#include "models/support/threads/thread_wait.hpp"

// One thread's waits, which others may withdraw: what stands between an operation and whoever
// cancels it, as plainly as it can be written.
class withdrawal {
 public:
  // Waits for the operation. False: it was withdrawn, and has no result.
  template <bench::cancellable Op>
  bool wait(Op& op) {
    if (op.ready()) return true;
    models::support::thread_waiter self;
    withdrawn_ = false;
    if (!op.park(self)) return true;
    {
      const std::lock_guard guard{mutex_};
      waiter_ = &self;
      cancel_ = [&op] { return op.cancel(); };
    }
    self.sleep();
    const std::lock_guard guard{mutex_};  // nobody is inside `cancel` any more
    cancel_ = nullptr;
    if constexpr (requires { op.withdrawn(); }) return !op.withdrawn();
    return !withdrawn_;
  }

  // Any thread. False: there is no wait, or it has been served.
  bool withdraw() {
    const std::lock_guard guard{mutex_};
    if (!cancel_ || withdrawn_ || !cancel_()) return false;
    withdrawn_ = true;
    waiter_->wake(*waiter_);
    return true;
  }

 private:
  std::mutex mutex_;
  std::function<bool()> cancel_;
  bench::waiter* waiter_ = nullptr;
  bool withdrawn_ = false;
};
