#pragma once

#include <atomic>

#include "bench/contract/task.hpp"
#include "models/support/base/lock.hpp"
#include "models/support/sync/line.hpp"

namespace models::support {

// A flag that tasks of one process wait for. Setting it lets all go on that wait, even if it is
// cleared at once.
class event {
 public:
  event() = default;
  event(const event&) = delete;

  class wait_operation : place {
   public:
    explicit wait_operation(event& e) : event_{e} {}
    bool ready() { return event_.is_set(); }
    bool park(bench::waiter& w) {
      const lock_guard guard{event_.lock_};
      if (event_.is_set()) return false;
      who = &w;
      event_.line_.push(*this);
      return true;
    }
    bool cancel() noexcept {
      const lock_guard guard{event_.lock_};
      return event_.line_.remove(*this);
    }
    void result() {}

   private:
    event& event_;
  };

  wait_operation wait() { return wait_operation{*this}; }
  bool is_set() const noexcept { return set_.load(std::memory_order_acquire); }
  void set() {
    place* all = nullptr;
    {
      const lock_guard guard{lock_};
      // Release: who sees the flag without the lock sees what came before it.
      set_.store(true, std::memory_order_release);
      all = line_.take_all();
    }
    wake_chain(all);
  }
  void clear() {
    const lock_guard guard{lock_};
    set_.store(false, std::memory_order_relaxed);
  }

 private:
  lock lock_;
  std::atomic<bool> set_ = false;
  line line_;
};

}  // namespace models::support
