#pragma once

#include <cstddef>

#include "bench/channel_closed.hpp"
#include "bench/model.hpp"

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

// Mutual exclusion: `lock()` is a wait, `unlock()` is not.
template <class M>
class mutex {
 public:
  auto lock() { return M::wait(state_.lock()); }
  void unlock() { state_.unlock(); }

 private:
  typename M::sync::mutex state_;
};

}  // namespace bench
