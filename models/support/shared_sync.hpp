#pragma once

#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bench/channel_closed.hpp"
#include "bench/task.hpp"
#include "models/support/futex.hpp"
#include "models/support/remote_failure.hpp"
#include "models/support/robust_mutex.hpp"
#include "models/support/shared_arena.hpp"

namespace models::support {

// What tasks in different processes wait for. A wait blocks the task's process, so each operation
// does its work, and its waiting, where its result is asked for.
template <class Work>
struct blocking_operation {
  Work work;
  bool ready() { return true; }
  bool park(bench::waiter&) { return false; }
  auto result() { return work(); }
};
template <class Work>
blocking_operation(Work) -> blocking_operation<Work>;

// Mutual exclusion between processes. When its holder dies, the next `lock` throws process_died and
// does not hold it: what it guards may be half changed. After that it can be used again.
class shared_mutex {
 public:
  auto lock() {
    return blocking_operation{[this] { acquire(); }};
  }
  void unlock() { mutex_.unlock(); }

 private:
  void acquire() {
    if (mutex_.lock_spinning()) return;
    mutex_.unlock();
    throw process_died{"the process that held the mutex died"};
  }

  robust_mutex mutex_;
};

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
    release(given_, INT_MAX);
    mutex_.lock();
    release(taken_, INT_MAX);
  }

 private:
  // One side's sleepers: `changes` counts what they wait for. A sleeper that is killed stays
  // counted, which costs its peers a wake-up too many and nothing else.
  struct side {
    futex_word changes = 0;
    std::atomic<std::uint32_t> sleepers = 0;
  };
  // A wake-up may go to a process that is killed before it acts on it: the others look by
  // themselves after this long.
  static constexpr timespec patience{.tv_sec = 0, .tv_nsec = 50'000'000};

  // False: the channel is closed.
  bool put(const T& value) {
    mutex_.lock_spinning();
    while (sent_ - received_ == capacity_ && !closed_) sleep(taken_);
    if (closed_) {
      mutex_.unlock();
      return false;
    }
    values_[sent_ % capacity_] = value;
    ++sent_;
    release(given_, 1);
    return true;
  }
  // Nothing: the channel is closed and empty.
  std::optional<T> get() {
    mutex_.lock_spinning();
    while (sent_ == received_ && !closed_) sleep(given_);
    if (sent_ == received_) {
      mutex_.unlock();
      return std::nullopt;
    }
    const T value = values_[received_ % capacity_];
    ++received_;
    release(taken_, 1);
    return value;
  }

  void sleep(side& s) {
    const auto seen = s.changes.load(std::memory_order_relaxed);
    s.sleepers.fetch_add(1, std::memory_order_relaxed);
    mutex_.unlock();
    futex_wait(s.changes, seen, futex_scope::system, &patience);
    s.sleepers.fetch_sub(1, std::memory_order_relaxed);
    mutex_.lock();
  }
  // Also lets the mutex go.
  void release(side& s, int sleepers) {
    s.changes.fetch_add(1, std::memory_order_relaxed);
    const bool anyone = s.sleepers.load(std::memory_order_relaxed) != 0;
    mutex_.unlock();
    if (anyone) futex_wake(s.changes, sleepers, futex_scope::system);
  }

  robust_mutex mutex_;
  const std::size_t capacity_;
  T* const values_;
  bool closed_ = false;
  std::uint64_t sent_ = 0, received_ = 0;
  side given_, taken_;
};

// What bench::channel and bench::mutex are made of, for models whose tasks are processes.
struct shared_sync {
  template <class T>
  using channel = shared_channel<T>;
  using mutex = shared_mutex;
};

}  // namespace models::support
