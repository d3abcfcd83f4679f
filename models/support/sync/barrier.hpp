#pragma once

#include <cstddef>

#include "bench/contract/task.hpp"
#include "models/support/base/lock.hpp"
#include "models/support/sync/line.hpp"

namespace models::support {

// Where tasks of one process wait for each other: the last of `parties` lets all go on, and the
// next round begins.
class barrier {
 public:
  explicit barrier(std::size_t parties) : parties_{parties} {}
  barrier(const barrier&) = delete;

  class arrive_operation : place {
   public:
    explicit arrive_operation(barrier& b) : barrier_{b} {}
    bool ready() { return attempt(nullptr); }
    bool park(bench::waiter& w) { return !attempt(&w); }
    // Who leaves has not arrived: the round needs one more.
    bool cancel() noexcept {
      const lock_guard guard{barrier_.lock_};
      if (!barrier_.line_.remove(*this)) return false;
      --barrier_.arrived_;
      return true;
    }
    // True for one task in each round, the last to arrive.
    bool result() { return last_; }

   private:
    bool attempt(bench::waiter* w) {
      place* others = nullptr;
      {
        const lock_guard guard{barrier_.lock_};
        last_ = barrier_.arrived_ + 1 == barrier_.parties_;
        if (!last_) {
          if (w == nullptr) return false;
          who = w;
          barrier_.line_.push(*this);
          ++barrier_.arrived_;
          return false;
        }
        others = barrier_.line_.take_all();
        barrier_.arrived_ = 0;
      }
      wake_chain(others);
      return true;
    }

    barrier& barrier_;
    bool last_ = false;
  };

  arrive_operation arrive_and_wait() { return arrive_operation{*this}; }

 private:
  lock lock_;
  const std::size_t parties_;
  std::size_t arrived_ = 0;
  line line_;
};

}  // namespace models::support
