#pragma once

#include <any>
#include <optional>
#include <utility>

#include "models/support/fibers/greenlet.hpp"

namespace models::support {

// The same over a stack: elements that a greenlet hands out, one each time that the next is asked
// for. Its body is an ordinary function, so that depth is a matter of calls and costs nothing.
// Destroyed before its end, it unwinds the body by a greenlet_exit.
template <class T>
class fiber_generator {
 public:
  class sink {
   public:
    sink() = default;
    sink(const sink&) = delete;

    // Comes back when the element after this one is asked for.
    void yield(T element) {
      element_ = &element;
      producer_ = &greenlet::current();
      consumer_->switch_to();
    }

   private:
    friend class fiber_generator;
    T* element_ = nullptr;
    greenlet* producer_ = nullptr;
    greenlet* consumer_ = nullptr;
  };

  // Will run `body(m, sink, args...)` up to its next element each time.
  template <class M, class Body, class... Args>
  fiber_generator(M& m, Body body, Args... args)
      : body_{[this, &m, body, args...](std::any) mutable {
          body(m, sink_, std::move(args)...);
          return std::any{};
        }} {
    sink_.producer_ = &body_;
  }
  fiber_generator(const fiber_generator&) = delete;

  // Empty at the end; or what the body throws, after which it is at its end.
  std::optional<T> next() {
    if (body_.dead()) return std::nullopt;
    auto& self = greenlet::current();
    if (sink_.consumer_ != &self) {
      body_.set_parent(self);
      sink_.consumer_ = &self;
    }
    sink_.element_ = nullptr;
    sink_.producer_->switch_to();
    if (sink_.element_ == nullptr) return std::nullopt;
    return std::move(*sink_.element_);
  }

 private:
  sink sink_;
  greenlet body_;
};

}  // namespace models::support
