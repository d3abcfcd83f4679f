#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "models/support/processes/process_mark.hpp"
#include "models/support/processes/remote_failure.hpp"
#include "models/support/processes/robust_mutex.hpp"
#include "models/support/processes/shared_arena.hpp"
#include "models/support/processes/shared_wait.hpp"

namespace models::support {

// Where processes wait for each other, in a shared_arena. One that dies while it waits, or between
// two rounds of the same parties, breaks the barrier: everyone who waits, or comes after that, gets
// process_died. One that dies before it has ever come is not known here.
class shared_barrier {
 public:
  explicit shared_barrier(std::size_t parties)
      : parties_{parties},
        arrivals_{static_cast<process_mark*>(shared_arena::around(this).allocate(bytes()))} {}
  shared_barrier(const shared_barrier&) = delete;
  ~shared_barrier() { shared_arena::around(this).deallocate(arrivals_, bytes()); }

  auto arrive_and_wait() {
    return blocking_operation{[this] { return arrive(); }};
  }

 private:
  std::size_t bytes() const { return 2 * parties_ * sizeof(process_mark); }
  std::span<process_mark> of_round(std::uint64_t round) const {
    return {arrivals_ + round % 2 * parties_, parties_};
  }

  bool arrive() {
    const auto self = process_mark::own();
    mutex_.lock_spinning();
    const auto round = arrived_ / parties_;
    if (!broken_) {
      of_round(round)[arrived_ % parties_] = self;
      if (++arrived_ % parties_ == 0) {
        tripped_.release_all(mutex_);
        return true;
      }
    }
    while (!broken_ && arrived_ / parties_ == round)
      if (!tripped_.sleep(mutex_) && arrived_ / parties_ == round && somebody_died(round))
        break_up();
    const bool through = arrived_ / parties_ != round;
    mutex_.unlock();
    if (!through) throw process_died{"a process that takes part in the barrier died"};
    return false;
  }

  void break_up() {
    broken_ = true;
    tripped_.release_all(mutex_);
    mutex_.lock();
  }

  // Looks at some of those who are here, and at some of the round before, which tells nothing where
  // newcomers have taken the places of processes that have ended.
  bool somebody_died(std::uint64_t round) {
    const auto here = of_round(round).first(arrived_ % parties_);
    const auto before = of_round(round + 1).first(round == 0 ? 0 : parties_);
    const auto all = here.size() + before.size();
    for (std::size_t i = 0; i < std::min(all, looks); ++i) {
      const auto which = looked_++ % all;
      const bool is_here = which < here.size();
      if (!(is_here ? here[which] : before[which - here.size()]).alive())
        return is_here || std::ranges::all_of(here, [&](const process_mark& p) {
                 return std::ranges::find(before, p) != before.end();
               });
    }
    return false;
  }

  // Of many parties a few at a time: a look is a file to read.
  static constexpr std::size_t looks = 16;

  robust_mutex mutex_;
  const std::size_t parties_;
  process_mark* const arrivals_;  // of this round and of the one before
  std::uint64_t arrived_ = 0;     // in all rounds: one store ends a round
  bool broken_ = false;
  std::size_t looked_ = 0;
  shared_sleepers tripped_;
};

}  // namespace models::support
