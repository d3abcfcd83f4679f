#pragma once

#include <cstddef>
#include <limits>

#include "bench/contract/channel_closed.hpp"
#include "bench/contract/model.hpp"

namespace bench {

// What tasks of a model M wait for. Each wait is `x` in a direct body and `co_await x` in a
// coroutine; M says what it is made of (`M::sync`) and how its tasks wait (`M::wait`). Tasks reach
// these objects by pointer, so they are made by `bench::make<bench::mutex<M>>(m)`.

// A bounded first-in-first-out channel.
template <class M, message T>
class channel {
 public:
  explicit channel(std::size_t capacity) : state_{capacity} {}
  auto send(T value) { return M::wait(state_.send(value)); }
  auto receive() { return M::wait(state_.receive()); }
  // A std::optional, empty once the channel is closed and nothing is left in it.
  auto receive_or_end() { return M::wait(state_.receive_or_end()); }
  // From now on to send is an error (`channel_closed`), for senders that wait already, too. What
  // was sent before can be received; after that to receive is an error, and to `receive_or_end` is
  // not.
  void close() { state_.close(); }

 private:
  typename M::sync::template channel<T> state_;
};

template <class M>
class condition;

// Mutual exclusion: `lock()` is a wait, `unlock()` is not.
template <class M>
class mutex {
 public:
  auto lock() { return M::wait(state_.lock()); }
  void unlock() { state_.unlock(); }

 private:
  friend class condition<M>;
  typename M::sync::mutex state_;
};

// A condition variable. Who waits holds the mutex, lets it go meanwhile and holds it again after;
// it is woken by a notification that comes later, and looks again at what it waits for: another
// task may have been there before it.
template <class M>
class condition {
 public:
  auto wait(mutex<M>& held) { return M::wait(state_.wait(held.state_)); }
  void notify_one() { state_.notify_one(); }
  void notify_all() { state_.notify_all(); }

 private:
  typename M::sync::condition state_;
};

// A flag to wait for. `set` lets all go on that wait, even if it is cleared at once.
template <class M>
class event {
 public:
  auto wait() { return M::wait(state_.wait()); }
  void set() { state_.set(); }
  void clear() { state_.clear(); }
  bool is_set() const { return state_.is_set(); }

 private:
  typename M::sync::event state_;
};

// Permits: `acquire()` is a wait, `release()` is not, and may come from another task.
template <class M>
class semaphore {
 public:
  explicit semaphore(std::size_t permits)
      : semaphore{permits, std::numeric_limits<std::size_t>::max()} {}
  auto acquire() { return M::wait(state_.acquire()); }
  void release() { state_.release(); }

 protected:
  semaphore(std::size_t permits, std::size_t bound) : state_{permits, bound} {}

 private:
  typename M::sync::semaphore state_;
};

// The same, where a release without an acquire is an error: it throws std::logic_error.
template <class M>
class bounded_semaphore : public semaphore<M> {
 public:
  explicit bounded_semaphore(std::size_t permits) : semaphore<M>{permits, permits} {}
};

// Where `parties` tasks wait for each other, round after round. True for one of them in each round,
// the last to arrive.
template <class M>
class barrier {
 public:
  explicit barrier(std::size_t parties) : state_{parties} {}
  auto arrive_and_wait() { return M::wait(state_.arrive_and_wait()); }

 private:
  typename M::sync::barrier state_;
};

}  // namespace bench
