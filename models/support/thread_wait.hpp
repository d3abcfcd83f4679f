#pragma once

#include "bench/task.hpp"
#include "models/support/futex.hpp"

namespace models::support {

// A thread parked on a futex word on its own stack. The waker's last access to it is the exchange:
// the wake-up itself names an address only, so the thread may be gone by then.
class thread_waiter : public bench::waiter {
 public:
  thread_waiter() : waiter{&wake_thread} {}

  void sleep() {
    while (word_.load(std::memory_order_acquire) == parked) futex_wait(word_, parked);
  }

 private:
  static constexpr std::uint32_t parked = 0, woken = 1;

  static void wake_thread(waiter& w) noexcept {
    auto& word = static_cast<thread_waiter&>(w).word_;
    word.exchange(woken, std::memory_order_release);
    futex_wake(word);
  }

  futex_word word_ = parked;
};

// Waits for an operation by blocking the calling thread.
template <bench::operation Op>
decltype(auto) block_thread(Op& op) {
  if (!op.ready()) {
    thread_waiter w;
    if (op.park(w)) w.sleep();
  }
  return op.result();
}

}  // namespace models::support
