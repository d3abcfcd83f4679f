#pragma once

#include <utility>

#include "bench/contract/task.hpp"
#include "models/support/base/lock.hpp"
#include "models/support/sync/line.hpp"

namespace models::support {

// A condition variable for tasks of one process that hold a Mutex. A notified task goes from this
// line straight into the mutex's: nobody wakes up to find that it cannot go on. A notification that
// finds nobody waiting is lost, as everywhere.
template <class Mutex>
class condition {
 public:
  condition() = default;
  condition(const condition&) = delete;

  class wait_operation : place {
   public:
    wait_operation(condition& c, Mutex& held) : condition_{c}, mutex_{held} {}
    bool ready() { return false; }
    bool park(bench::waiter& w) {
      auto& mutex = mutex_;  // once we stand in line, we may be woken and gone
      who = &w;
      {
        const lock_guard guard{condition_.lock_};
        in_line_ = true;
        condition_.line_.push(*this);
      }
      mutex.unlock();
      return true;
    }
    // Always false: even who is withdrawn takes the mutex back first.
    bool cancel() noexcept {
      {
        const lock_guard guard{condition_.lock_};
        if (!std::exchange(in_line_, false)) return false;
        condition_.line_.remove(*this);
      }
      withdrawn_ = true;
      take_mutex_back();
      return false;
    }
    bool withdrawn() const noexcept { return withdrawn_; }
    void result() { mutex_.arrive(); }

   private:
    friend class condition;
    void take_mutex_back() noexcept {
      if (mutex_.hand_to(*this)) wake();
    }

    condition& condition_;
    Mutex& mutex_;
    // Under the condition's lock. The links do not tell: they serve in the mutex's line, too.
    bool in_line_ = false;
    bool withdrawn_ = false;
  };

  // The caller holds the mutex, and holds it again when the wait is over.
  wait_operation wait(Mutex& held) { return {*this, held}; }

  void notify_one() {
    wait_operation* next = nullptr;
    {
      const lock_guard guard{lock_};
      next = static_cast<wait_operation*>(line_.pop());
      if (next != nullptr) next->in_line_ = false;
    }
    if (next != nullptr) next->take_mutex_back();
  }

  void notify_all() {
    place* all = nullptr;
    {
      const lock_guard guard{lock_};
      all = line_.take_all();
      for (auto* p = all; p != nullptr; p = p->next)
        static_cast<wait_operation*>(p)->in_line_ = false;
    }
    while (all != nullptr)
      static_cast<wait_operation*>(std::exchange(all, all->next))->take_mutex_back();
  }

 private:
  lock lock_;
  line line_;
};

}  // namespace models::support
