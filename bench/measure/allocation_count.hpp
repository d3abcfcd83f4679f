#pragma once

#include <atomic>
#include <cstdint>

namespace bench {

// Counts the calls of operator new in this process and in those that are forked from it. Programs
// that include bench/measure/counting_new.hpp count; the others always have 0. While it is off,
// which it is whenever something is timed, it costs a load and a branch that is predicted.
class allocation_count {
 public:
  // Begins to count, with memory that is shared with children. Throws std::system_error.
  static void start();
  static std::uint64_t now() noexcept { return count_->load(std::memory_order_relaxed); }

  static void note() noexcept {
    if (count_ != &none_) count_->fetch_add(1, std::memory_order_relaxed);
  }

 private:
  static constinit std::atomic<std::uint64_t> none_;
  static constinit std::atomic<std::uint64_t>* count_;
};

}  // namespace bench
