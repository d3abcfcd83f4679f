#pragma once

#include <cstddef>

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
