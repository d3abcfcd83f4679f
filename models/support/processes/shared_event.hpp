#pragma once

#include <atomic>
#include <climits>
#include <cstdint>

#include "models/support/base/futex.hpp"
#include "models/support/processes/shared_wait.hpp"

namespace models::support {

// A flag that processes wait for. Setting it lets all go on that wait, even if it is cleared at
// once; nobody holds it, so nobody's death is an error.
class shared_event {
 public:
  auto wait() {
    return blocking_operation{[this] {
      const auto seen = state_.load(std::memory_order_acquire);
      if ((seen & flag) != 0) return;
      while (state_.load(std::memory_order_acquire) == seen) futex_wait_patiently(state_, seen);
    }};
  }
  bool is_set() const noexcept { return (state_.load(std::memory_order_acquire) & flag) != 0; }
  void set() {
    auto seen = state_.load(std::memory_order_relaxed);
    do {
      if ((seen & flag) != 0) return;
    } while (!state_.compare_exchange_weak(seen, seen + round + flag, std::memory_order_acq_rel));
    futex_wake(state_, INT_MAX, futex_scope::system);
  }
  void clear() { state_.fetch_and(~flag, std::memory_order_relaxed); }

 private:
  // The flag, and above it how often it was set: who slept through a set and a clear knows.
  static constexpr std::uint32_t flag = 1, round = 2;

  futex_word state_ = 0;
};

}  // namespace models::support
