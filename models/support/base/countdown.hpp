#pragma once

#include <atomic>
#include <cstdint>

namespace models::support {

// Counts the tasks of a group down for whoever waits for it. Finished tasks subtract one each from
// `open`, a number that they never reach; the joiner subtracts what is missing from `open`, and
// whoever gets to zero goes on with the joiner. The spawner itself never touches the atomic.
class countdown {
 public:
  // A task has finished. True if it was the last and the joiner waits.
  bool finish(bool alone) noexcept { return subtract(1, alone) == 0; }

  // The joiner, after `spawned` starts. True if all of them have finished already.
  bool join(std::int64_t spawned, bool alone) noexcept {
    return subtract(open - spawned, alone) == 0;
  }

  // For a joiner that looks again and again, after `join`: whether all have finished.
  bool done() const noexcept { return left_.load(std::memory_order_acquire) == 0; }

  // Makes it ready for the next round. Only the joiner, after the last task.
  void reset() noexcept { left_.store(open, std::memory_order_relaxed); }

 private:
  static constexpr std::int64_t open = std::int64_t{1} << 62;

  std::int64_t subtract(std::int64_t n, bool alone) noexcept {
    if (alone) {
      const auto left = left_.load(std::memory_order_relaxed) - n;
      left_.store(left, std::memory_order_relaxed);
      return left;
    }
    // Release: our results before the count. Acquire: everybody's results after the last count.
    return left_.fetch_sub(n, std::memory_order_acq_rel) - n;
  }

  std::atomic<std::int64_t> left_ = open;
};

}  // namespace models::support
