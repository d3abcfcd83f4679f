#pragma once

#include "bench/contract/task.hpp"

namespace models::support {

// A task's place in a line; it lies in the operation that the task waits for.
struct place {
  bench::waiter* who = nullptr;
  place* next = nullptr;
  place* previous = nullptr;

  // For whoever took it out of its line, and with no lock held: the operation may be gone after it.
  void wake() noexcept { who->wake(*who); }
};

// First come, first served; but anybody may leave before, at constant cost. Owns nothing, and is
// used under its owner's lock.
class line {
 public:
  bool empty() const noexcept { return first_ == nullptr; }

  void push(place& p) noexcept {
    p.next = nullptr;
    p.previous = last_;
    (last_ == nullptr ? first_ : last_->next) = &p;
    last_ = &p;
  }

  // The one that came first, or nullptr.
  place* pop() noexcept {
    auto* const p = first_;
    if (p != nullptr) unlink(*p);
    return p;
  }

  // False: it is in this line no more.
  bool remove(place& p) noexcept {
    if (p.previous == nullptr && first_ != &p) return false;
    unlink(p);
    return true;
  }

  // All of them, in their order, as a chain through `next`; none of them is in the line any more.
  place* take_all() noexcept {
    for (auto* p = first_; p != nullptr; p = p->next) p->previous = nullptr;
    auto* const all = first_;
    first_ = last_ = nullptr;
    return all;
  }

 private:
  void unlink(place& p) noexcept {
    (p.previous == nullptr ? first_ : p.previous->next) = p.next;
    (p.next == nullptr ? last_ : p.next->previous) = p.previous;
    p.previous = nullptr;
  }

  place* first_ = nullptr;
  place* last_ = nullptr;
};

// Wakes a chain that `take_all` made. With no lock held.
inline void wake_chain(place* chain) noexcept {
  while (chain != nullptr) {
    auto* const p = chain;
    chain = p->next;  // first: the wake-up may free the place
    p->wake();
  }
}

}  // namespace models::support
