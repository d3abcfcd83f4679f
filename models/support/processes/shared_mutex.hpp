#pragma once

#include <atomic>
#include <climits>

#include "models/support/base/futex.hpp"
#include "models/support/processes/remote_failure.hpp"
#include "models/support/processes/robust_mutex.hpp"
#include "models/support/processes/shared_wait.hpp"

namespace models::support {

// Mutual exclusion between processes. When its holder dies, the next `lock` throws process_died and
// does not hold it: what it guards may be half changed. After that it can be used again.
class shared_mutex {
 public:
  auto lock() {
    return blocking_operation{[this] { acquire(); }};
  }
  void unlock() { mutex_.unlock(); }

  void acquire() {
    if (mutex_.lock_spinning()) return;
    mutex_.unlock();
    throw process_died{"the process that held the mutex died"};
  }

 private:
  robust_mutex mutex_;
};

// A condition variable for processes that hold a shared_mutex. A wait throws what taking the mutex
// back throws; a notification whose receiver dies reaches the others, later.
class shared_condition {
 public:
  auto wait(shared_mutex& held) {
    return blocking_operation{[this, &held] { sleep(held); }};
  }
  void notify_one() { wake(1); }
  void notify_all() { wake(INT_MAX); }

 private:
  void sleep(shared_mutex& held) {
    // Announced before it looks: a notifier that does not see us has changed what we look at.
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    const auto seen = notifications_.load(std::memory_order_seq_cst);
    held.unlock();
    while (notifications_.load(std::memory_order_acquire) == seen)
      futex_wait_patiently(notifications_, seen);
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
    held.acquire();
  }
  void wake(int n) {
    notifications_.fetch_add(1, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) != 0)
      futex_wake(notifications_, n, futex_scope::system);
  }

  futex_word notifications_ = 0;
  std::atomic<std::uint32_t> sleepers_ = 0;
};

}  // namespace models::support
