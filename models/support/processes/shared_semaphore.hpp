#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "models/support/processes/process_mark.hpp"
#include "models/support/processes/remote_failure.hpp"
#include "models/support/processes/robust_mutex.hpp"
#include "models/support/processes/shared_arena.hpp"
#include "models/support/processes/shared_wait.hpp"

namespace models::support {

// Permits for processes, in a shared_arena. With a bound they are what a process holds: when one
// dies that has not released its own, the next process that finds no other gets process_died, and
// after that the permit is free again. Without a bound they are signals, which one process may
// release for another; nobody holds them, and those that a dead process had are gone.
//
// Each change is made by a single store, so who dies inside leaves nothing half done.
class shared_semaphore {
 public:
  shared_semaphore(std::size_t permits, std::size_t bound)
      : owned_{bound == std::numeric_limits<std::size_t>::max() ? 0 : bound},
        owners_{owned_ == 0 ? nullptr
                            : static_cast<process_mark*>(shared_arena::around(this).allocate(
                                  owned_ * sizeof(process_mark)))},
        signals_{owned_ == 0 ? permits : 0} {}
  shared_semaphore(const shared_semaphore&) = delete;
  ~shared_semaphore() {
    if (owners_ != nullptr)
      shared_arena::around(this).deallocate(owners_, owned_ * sizeof(process_mark));
  }

  auto acquire() {
    return blocking_operation{[this] { take(); }};
  }

  // Throws std::logic_error where there is a bound, and this process holds no permit.
  void release() {
    mutex_.lock_spinning();
    if (owned_ == 0) {
      ++signals_;
    } else if (auto* const permit = owned_by(process_mark::own())) {
      permit->pid = 0;
    } else {
      mutex_.unlock();
      throw std::logic_error{"the semaphore is released more often than it was acquired"};
    }
    released_.release(mutex_);
  }

 private:
  void take() {
    const auto self = owned_ == 0 ? process_mark{} : process_mark::own();
    mutex_.lock_spinning();
    while (!try_take(self)) {
      if (!released_.sleep(mutex_) && free_what_the_dead_hold()) {
        released_.release(mutex_);
        throw process_died{"a process that held a permit of the semaphore died"};
      }
    }
    mutex_.unlock();
  }

  bool try_take(const process_mark& self) {
    if (owned_ == 0) {
      if (signals_ == 0) return false;
      --signals_;
      return true;
    }
    auto* const permit = free_permit();
    if (permit == nullptr) return false;
    permit->started = self.started;
    permit->pid = self.pid;
    return true;
  }

  process_mark* free_permit() {
    for (auto* p = owners_; p != owners_ + owned_; ++p)
      if (p->pid == 0) return p;
    return nullptr;
  }
  process_mark* owned_by(const process_mark& who) {
    for (auto* p = owners_; p != owners_ + owned_; ++p)
      if (*p == who) return p;
    return nullptr;
  }
  // One at a time: each that is missed is an error of its own.
  bool free_what_the_dead_hold() {
    for (auto* p = owners_; p != owners_ + owned_; ++p) {
      if (p->pid == 0 || p->alive()) continue;
      p->pid = 0;
      return true;
    }
    return false;
  }

  robust_mutex mutex_;
  const std::size_t owned_;     // permits that processes hold, each with its owner
  process_mark* const owners_;  // nobody: it is free
  std::size_t signals_;
  shared_sleepers released_;
};

}  // namespace models::support
