#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "bench/contract/channel_closed.hpp"
#include "bench/contract/task.hpp"
#include "models/support/base/lock.hpp"
#include "models/support/sync/line.hpp"

namespace models::support {

// A bounded first-in-first-out channel between tasks of one process, as colour-free operations. A
// value goes straight to a receiver that waits; a sender that waits keeps its value with it. Both
// are served in the order in which they came. What was sent before a channel is closed can still be
// received; senders that wait then are turned away.
template <bench::message T>
class channel {
 public:
  // Room for `capacity` values, at least one.
  explicit channel(std::size_t capacity)
      : capacity_{capacity}, values_{std::make_unique<T[]>(capacity)} {}
  channel(const channel&) = delete;

  class operation : place {
   public:
    bool ready() { return attempt(nullptr); }
    bool park(bench::waiter& w) { return !attempt(&w); }
    bool cancel() noexcept {
      const lock_guard guard{channel_->lock_};
      return line_of_ours().remove(*this);
    }

   protected:
    operation(channel& c, T value, bool sends) : channel_{&c}, value_{value}, sends_{sends} {}

   private:
    friend class channel;

    line& line_of_ours() const { return sends_ ? channel_->senders_ : channel_->receivers_; }

    // True: done. False: not possible now, and `w`, where there is one, has been left to be woken.
    bool attempt(bench::waiter* w) {
      place* other = nullptr;
      {
        const lock_guard guard{channel_->lock_};
        if (!(sends_ ? channel_->put(*this, other) : channel_->get(*this, other))) {
          if (w == nullptr) return false;
          who = w;
          line_of_ours().push(*this);
          return false;
        }
      }
      if (other != nullptr) other->wake();
      return true;
    }

    channel* channel_;

   protected:
    T value_;
    bool closed_ = false;  // found it so, and got nothing done

   private:
    bool sends_;
  };

  struct send_operation : operation {
    send_operation(channel& c, T value) : operation{c, value, true} {}
    void result() {
      if (this->closed_) [[unlikely]]
        throw bench::channel_closed{};
    }
  };
  struct receive_operation : operation {
    explicit receive_operation(channel& c) : operation{c, T{}, false} {}
    T result() {
      if (this->closed_) [[unlikely]]
        throw bench::channel_closed{};
      return this->value_;
    }
  };
  struct receive_or_end_operation : operation {
    explicit receive_or_end_operation(channel& c) : operation{c, T{}, false} {}
    std::optional<T> result() {
      if (this->closed_) return std::nullopt;
      return this->value_;
    }
  };

  send_operation send(T value) { return {*this, value}; }
  receive_operation receive() { return receive_operation{*this}; }
  receive_or_end_operation receive_or_end() { return receive_or_end_operation{*this}; }

  // Once is enough, more is harmless.
  void close() {
    place *senders = nullptr, *receivers = nullptr;
    {
      const lock_guard guard{lock_};
      closed_ = true;
      senders = turn_away(senders_);
      receivers = turn_away(receivers_);
    }
    wake_chain(senders);
    wake_chain(receivers);
  }

 private:
  // Both are called with the lock held; `other` is whoever must be woken after it is released.
  bool put(operation& sender, place*& other) {
    if (closed_) return sender.closed_ = true;
    if ((other = receivers_.pop()) != nullptr) {
      static_cast<operation*>(other)->value_ = sender.value_;
      return true;
    }
    if (size_ == capacity_) return false;
    values_[place_of(size_++)] = sender.value_;
    return true;
  }
  bool get(operation& receiver, place*& other) {
    if (size_ == 0) return receiver.closed_ = closed_;
    receiver.value_ = values_[first_];
    first_ = place_of(1);
    --size_;
    if ((other = senders_.pop()) != nullptr)
      values_[place_of(size_++)] = static_cast<operation*>(other)->value_;
    return true;
  }
  std::size_t place_of(std::size_t i) const {
    const auto at = first_ + i;
    return at < capacity_ ? at : at - capacity_;
  }
  static place* turn_away(line& waiting) {
    auto* const all = waiting.take_all();
    for (auto* p = all; p != nullptr; p = p->next) static_cast<operation*>(p)->closed_ = true;
    return all;
  }

  lock lock_;
  bool closed_ = false;
  const std::size_t capacity_;
  std::size_t first_ = 0, size_ = 0;
  std::unique_ptr<T[]> values_;
  line senders_, receivers_;
};

}  // namespace models::support
