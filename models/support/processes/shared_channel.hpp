#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bench/contract/channel_closed.hpp"
#include "bench/contract/task.hpp"
#include "models/support/processes/robust_mutex.hpp"
#include "models/support/processes/shared_arena.hpp"
#include "models/support/processes/shared_wait.hpp"

namespace models::support {

// A bounded first-in-first-out channel between processes, in a shared_arena. Each change of it is
// made by a single store, so a process that dies inside takes at most the value that it had in
// hand.
template <bench::message T>
class shared_channel {
 public:
  explicit shared_channel(std::size_t capacity)
      : capacity_{capacity},
        values_{static_cast<T*>(shared_arena::around(this).allocate(capacity * sizeof(T)))} {}
  shared_channel(const shared_channel&) = delete;
  ~shared_channel() { shared_arena::around(this).deallocate(values_, capacity_ * sizeof(T)); }

  auto send(T value) {
    return blocking_operation{[this, value] {
      if (!put(value)) throw bench::channel_closed{};
    }};
  }
  auto receive() {
    return blocking_operation{[this] {
      if (const auto value = get()) return *value;
      throw bench::channel_closed{};
    }};
  }
  auto receive_or_end() {
    return blocking_operation{[this] { return get(); }};
  }

  void close() {
    mutex_.lock();
    closed_ = true;
    given_.release_all(mutex_);
    mutex_.lock();
    taken_.release_all(mutex_);
  }

 private:
  // False: the channel is closed.
  bool put(const T& value) {
    mutex_.lock_spinning();
    while (sent_ - received_ == capacity_ && !closed_) taken_.sleep(mutex_);
    if (closed_) {
      mutex_.unlock();
      return false;
    }
    values_[sent_ % capacity_] = value;
    ++sent_;
    given_.release(mutex_);
    return true;
  }
  // Nothing: the channel is closed and empty.
  std::optional<T> get() {
    mutex_.lock_spinning();
    while (sent_ == received_ && !closed_) given_.sleep(mutex_);
    if (sent_ == received_) {
      mutex_.unlock();
      return std::nullopt;
    }
    const T value = values_[received_ % capacity_];
    ++received_;
    taken_.release(mutex_);
    return value;
  }

  robust_mutex mutex_;
  const std::size_t capacity_;
  T* const values_;
  bool closed_ = false;
  std::uint64_t sent_ = 0, received_ = 0;
  shared_sleepers given_, taken_;
};

}  // namespace models::support
