#pragma once

#include <atomic>
#include <cstdint>

#include "bench/contract/task.hpp"
#include "models/support/base/lock.hpp"
#include "models/support/sync/line.hpp"

namespace models::support {

// A fair mutex for tasks that park: whoever unlocks hands it to the one that waited longest. A task
// spins for a moment before it parks, since critical sections are short and a hand-over is not.
class parking_mutex {
 public:
  class lock_operation : place {
   public:
    explicit lock_operation(parking_mutex& m) : mutex_{m} {}
    bool ready() {
      for (int i = 0; i < spin; ++i) {
        if (mutex_.try_lock()) return true;
        // Others are before us, or the holder is not running yet.
        if (mutex_.waiting_.load(std::memory_order_relaxed) != 0 ||
            mutex_.handed_over_.load(std::memory_order_relaxed))
          return false;
        __builtin_ia32_pause();
      }
      return false;
    }
    bool park(bench::waiter& w) {
      who = &w;
      return !mutex_.hand_to(*this);
    }
    bool cancel() noexcept { return mutex_.withdraw(*this); }
    void result() { mutex_.arrive(); }

   private:
    parking_mutex& mutex_;
  };

  lock_operation lock() { return lock_operation{*this}; }

  void unlock() {
    if (waiting_.load(std::memory_order_relaxed) == 0) {
      held_.store(false, std::memory_order_seq_cst);
      // Seq_cst on both sides: who announced itself before it saw us holding is seen here.
      if (waiting_.load(std::memory_order_seq_cst) == 0 || !try_lock()) return;
    }
    place* next = nullptr;
    {
      const lock_guard guard{lock_};
      next = line_.pop();
      if (next == nullptr) {
        held_.store(false, std::memory_order_seq_cst);
      } else {
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        handed_over_.store(true, std::memory_order_relaxed);
      }
    }
    if (next != nullptr) next->wake();
  }

  // For a task that sleeps. True: the mutex is its now, the caller wakes it. False: it stands in
  // line, and is woken when the mutex is its.
  bool hand_to(place& p) noexcept {
    const lock_guard guard{lock_};
    // Announced first: from here on the holder comes to the line before it lets go.
    waiting_.fetch_add(1, std::memory_order_seq_cst);
    if (!held_.exchange(true, std::memory_order_seq_cst)) {
      waiting_.fetch_sub(1, std::memory_order_relaxed);
      handed_over_.store(true, std::memory_order_relaxed);
      return true;
    }
    line_.push(p);
    return false;
  }
  // What that task does once it is awake.
  void arrive() noexcept { handed_over_.store(false, std::memory_order_relaxed); }

 private:
  static constexpr int spin = 100;

  bool try_lock() {
    return !held_.load(std::memory_order_relaxed) &&
           !held_.exchange(true, std::memory_order_seq_cst);
  }

  bool withdraw(place& p) noexcept {
    const lock_guard guard{lock_};
    if (!line_.remove(p)) return false;
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    return true;
  }

  std::atomic<bool> held_ = false;
  std::atomic<bool> handed_over_ = false;  // to a task that does not run yet
  std::atomic<std::uint32_t> waiting_ = 0;
  support::lock lock_;
  line line_;
};

// The mutex of models whose waits block a thread anyway.
class blocking_mutex {
 public:
  struct lock_operation {
    support::lock& lock;
    bool ready() {
      lock.acquire();
      return true;
    }
    bool park(bench::waiter&) { return false; }
    void result() {}
  };
  lock_operation lock() { return {lock_}; }
  void unlock() { lock_.release(); }

  // See parking_mutex: here it is for whoever comes first, a thread that is awake rather than one
  // that must wake up.
  static bool hand_to(place&) noexcept { return true; }
  void arrive() noexcept { lock_.acquire(); }

 private:
  support::lock lock_;
};

}  // namespace models::support
