#pragma once

#include <cstddef>
#include <memory>

#include "bench/task.hpp"
#include "models/support/lock.hpp"
#include "models/support/queue.hpp"

namespace models::support {

// A bounded first-in-first-out channel between tasks of one process, as colour-free operations. A
// value goes straight to a receiver that waits; a sender that waits keeps its value with it. Both
// are served in the order in which they came.
template <bench::message T>
class channel {
 public:
  // Room for `capacity` values, at least one.
  explicit channel(std::size_t capacity)
      : capacity_{capacity}, values_{std::make_unique<T[]>(capacity)} {}
  channel(const channel&) = delete;

  class operation {
   public:
    bool ready() { return attempt(nullptr); }
    bool park(bench::waiter& w) { return !attempt(&w); }

   protected:
    operation(channel& c, T value, bool sends) : channel_{&c}, value_{value}, sends_{sends} {}

   private:
    friend class channel;
    friend class intrusive_queue<operation>;

    // True: done. False: not possible now, and `w`, where there is one, has been left to be woken.
    bool attempt(bench::waiter* w) {
      bench::waiter* other = nullptr;
      {
        const lock_guard guard{channel_->lock_};
        if (!(sends_ ? channel_->put(value_, other) : channel_->get(value_, other))) {
          if (w == nullptr) return false;
          waiter_ = w;
          (sends_ ? channel_->senders_ : channel_->receivers_).push(*this);
          return false;
        }
      }
      if (other != nullptr) other->wake(*other);
      return true;
    }

    channel* channel_;

   protected:
    T value_;

   private:
    bool sends_;
    bench::waiter* waiter_ = nullptr;
    operation* next = nullptr;
  };

  struct send_operation : operation {
    send_operation(channel& c, T value) : operation{c, value, true} {}
    void result() {}
  };
  struct receive_operation : operation {
    explicit receive_operation(channel& c) : operation{c, T{}, false} {}
    T result() { return this->value_; }
  };

  send_operation send(T value) { return {*this, value}; }
  receive_operation receive() { return receive_operation{*this}; }

 private:
  // Both are called with the lock held; `other` is whoever must be woken after it is released.
  bool put(const T& value, bench::waiter*& other) {
    if (auto* receiver = receivers_.pop()) {
      receiver->value_ = value;
      other = receiver->waiter_;
      return true;
    }
    if (size_ == capacity_) return false;
    values_[place(size_++)] = value;
    return true;
  }
  bool get(T& value, bench::waiter*& other) {
    if (size_ == 0) return false;
    value = values_[first_];
    first_ = place(1);
    --size_;
    if (auto* sender = senders_.pop()) {
      values_[place(size_++)] = sender->value_;
      other = sender->waiter_;
    }
    return true;
  }
  std::size_t place(std::size_t i) const {
    const auto at = first_ + i;
    return at < capacity_ ? at : at - capacity_;
  }

  lock lock_;
  const std::size_t capacity_;
  std::size_t first_ = 0, size_ = 0;
  std::unique_ptr<T[]> values_;
  intrusive_queue<operation> senders_, receivers_;
};

}  // namespace models::support
