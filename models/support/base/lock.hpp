#pragma once

#include "models/support/base/futex.hpp"

namespace models::support {

// A blocking lock of four bytes: free, held, or held with sleepers (Drepper, "Futexes Are Tricky",
// 2011, mutex 2), with a short spin before it sleeps. Not fair: a running thread takes it before a
// woken one, which is what makes it fast under contention.
class lock {
 public:
  void acquire() noexcept {
    std::uint32_t expected = open;
    if (!word_.compare_exchange_strong(expected, held, std::memory_order_acquire,
                                       std::memory_order_relaxed)) [[unlikely]]
      wait_for_it();
  }

  void release() noexcept {
    if (word_.exchange(open, std::memory_order_release) == contended) futex_wake(word_);
  }

 private:
  enum state : std::uint32_t { open, held, contended };

  // Longer than a short critical section on another CPU, much shorter than a sleep.
  static constexpr int spin = 100;

  [[gnu::noinline]] void wait_for_it() noexcept {
    for (int i = 0; i < spin; ++i) {
      std::uint32_t expected = open;
      if (word_.load(std::memory_order_relaxed) == open &&
          word_.compare_exchange_weak(expected, held, std::memory_order_acquire,
                                      std::memory_order_relaxed))
        return;
      __builtin_ia32_pause();
    }
    while (word_.exchange(contended, std::memory_order_acquire) != open)
      futex_wait(word_, contended);
  }

  futex_word word_ = open;
};

class lock_guard {
 public:
  explicit lock_guard(lock& l) noexcept : lock_{l} { lock_.acquire(); }
  ~lock_guard() { lock_.release(); }
  lock_guard(const lock_guard&) = delete;

 private:
  lock& lock_;
};

}  // namespace models::support
