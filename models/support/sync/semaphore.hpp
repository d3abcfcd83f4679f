#pragma once

#include <cstddef>
#include <stdexcept>

#include "bench/contract/task.hpp"
#include "models/support/base/lock.hpp"
#include "models/support/sync/line.hpp"

namespace models::support {

// Permits for tasks of one process. A permit that is released goes to the task that waited longest,
// and nobody who comes later gets it before.
class semaphore {
 public:
  semaphore(std::size_t permits, std::size_t bound) : bound_{bound}, permits_{permits} {}
  semaphore(const semaphore&) = delete;

  class acquire_operation : place {
   public:
    explicit acquire_operation(semaphore& s) : semaphore_{s} {}
    bool ready() { return attempt(nullptr); }
    bool park(bench::waiter& w) { return !attempt(&w); }
    bool cancel() noexcept {
      const lock_guard guard{semaphore_.lock_};
      return semaphore_.line_.remove(*this);
    }
    void result() {}

   private:
    bool attempt(bench::waiter* w) {
      const lock_guard guard{semaphore_.lock_};
      // Where there is a permit, nobody waits.
      if (semaphore_.permits_ > 0) {
        --semaphore_.permits_;
        return true;
      }
      if (w != nullptr) {
        who = w;
        semaphore_.line_.push(*this);
      }
      return false;
    }

    semaphore& semaphore_;
  };

  acquire_operation acquire() { return acquire_operation{*this}; }

  // Throws std::logic_error where there would be more permits than the bound.
  void release() {
    place* next = nullptr;
    {
      const lock_guard guard{lock_};
      next = line_.pop();
      if (next == nullptr) {
        if (permits_ == bound_)
          throw std::logic_error{"the semaphore is released more often than it was acquired"};
        ++permits_;
      }
    }
    if (next != nullptr) next->wake();
  }

 private:
  lock lock_;
  const std::size_t bound_;
  std::size_t permits_;
  line line_;
};

}  // namespace models::support
