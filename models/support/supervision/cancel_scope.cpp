#include "models/support/supervision/cancel_scope.hpp"

#include <utility>

namespace models::support {

void cancel_scope::cancel(reason why) noexcept {
  const lock_guard guard{lock_};
  request(why);
}

bool cancel_scope::requested() const noexcept {
  const lock_guard guard{lock_};
  return requested_ != 0;
}

// Called with the lock held. Locks are taken from the outside in, an operation's last of all.
void cancel_scope::request(unsigned why) noexcept {
  requested_ |= static_cast<std::uint8_t>(why);
  if (inner_ != nullptr) {
    if (inner_->shields_) return;
    const lock_guard guard{inner_->lock_};
    inner_->request(from_outside);
    return;
  }
  if (operation_ == nullptr || !withdraw_(operation_)) return;
  operation_ = nullptr;
  withdrawn_ = true;
  waiter_->wake(*waiter_);
}

void cancel_scope::enter(scope_link& place, cancel_scope* outer) noexcept {
  place_ = &place;
  before_ = std::exchange(place, reinterpret_cast<scope_link>(this) | scope_bit);
  outer_ = outer;
  if (outer == nullptr) return;
  const lock_guard guard{outer->lock_};
  outer->inner_ = this;
  if (!shields_ && outer->requested_ != 0) requested_ |= from_outside;
}

void cancel_scope::leave() noexcept {
  if (place_ == nullptr) return;
  *std::exchange(place_, nullptr) = before_;
  if (outer_ == nullptr) return;
  const lock_guard outer_guard{outer_->lock_};
  const lock_guard guard{lock_};
  outer_->inner_ = nullptr;
  // What was asked for outside has been thrown in here: it is not thrown again.
  if (thrown(from_outside) && (requested_ & from_outside) == 0)
    outer_->thrown_ |= std::exchange(outer_->requested_, std::uint8_t{0});
}

cancel_scope* cancel_scope::earliest() noexcept {
  auto* first = this;
  for (auto* s = this; s != nullptr; s = s->shields_ ? nullptr : s->outer_)
    if (s->due_ns < first->due_ns) first = s;
  return first;
}

}  // namespace models::support
