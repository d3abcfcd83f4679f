#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "models/support/coroutines/task.hpp"

namespace models::support {

// Elements that a coroutine hands out, one each time that somebody awaits the next. Its body may
// wait for anything meanwhile. An element goes straight to the consumer, and the consumer straight
// back to where it was yielded: a body that awaits others, which get its sink passed on, pays
// nothing for their depth. Lives where it was made; destroyed before its end, it destroys the body
// where it is.
template <class T>
class coroutine_generator {
 public:
  class sink {
   public:
    sink() = default;
    sink(const sink&) = delete;

    // Waits until the element after this one is asked for.
    struct yield_awaiter {
      sink& to;
      T element;
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> self) noexcept {
        to.producer_ = self;
        to.element_ = &element;
        return to.end_.continuation;
      }
      void await_resume() noexcept {}
    };
    yield_awaiter yield(T element) { return {*this, std::move(element)}; }

   private:
    friend class coroutine_generator;
    std::coroutine_handle<> producer_;
    T* element_ = nullptr;
    awaiter_state end_;  // whoever awaits the next element goes on at the body's end, too
  };

  // Will run `body(m, sink, args...)`, a task<void>, up to its next element each time.
  template <class M, class Body, class... Args>
  coroutine_generator(M& m, Body body, Args... args)
      : body_{body(m, sink_, std::move(args)...).release()} {
    body_.promise().report_to(sink_.end_);
    sink_.producer_ = body_;
  }
  coroutine_generator(const coroutine_generator&) = delete;
  ~coroutine_generator() { body_.destroy(); }

  // A std::optional, empty at the end; or what the body throws, after which it is at its end.
  struct next_awaiter {
    coroutine_generator& from;
    bool await_ready() noexcept { return from.body_.done(); }
    template <scoped_promise Consumer>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Consumer> self) noexcept {
      from.sink_.element_ = nullptr;
      from.sink_.end_.continuation = self;
      return from.sink_.producer_;
    }
    std::optional<T> await_resume() {
      auto& s = from.sink_;
      if (s.end_.error) [[unlikely]]
        std::rethrow_exception(std::exchange(s.end_.error, nullptr));
      if (from.body_.done()) return std::nullopt;
      return std::move(*s.element_);
    }
  };
  next_awaiter next() { return {*this}; }

 private:
  sink sink_;
  typename task<void>::handle body_;
};

}  // namespace models::support
