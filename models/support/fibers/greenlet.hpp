#pragma once

#include <any>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace models::support {

// Ends a greenlet without an error: what `throw_into` throws unless told otherwise, and what the
// destruction of a suspended greenlet throws. Not a std::exception, so that a handler of errors
// lets it pass. Its parent receives it as a value.
struct greenlet_exit {};

// Python's greenlet: control and values go from one to another by `switch_to`, and by nothing else.
// It is used by the thread that made it, or by the fiber of the model `fibers`; either has a main
// greenlet from the start.
//
// - A greenlet starts at the first switch to it, with the value that was switched.
// - What it returns goes to its parent, as the value of the switch by which the parent left. An
//   error rises from that switch; a greenlet_exit is returned by it.
// - Who switches to a dead greenlet switches to its parent, and so on; the main one never dies.
//
// Where Python counts references, here the object owns the stack: its destruction unwinds a
// suspended greenlet by a greenlet_exit and hands its children to its parent. One that is being
// unwound cannot switch any more, that throws again; one that swallows it again and again, and one
// that is destroyed while it runs, ends the program. Destroyed by another thread, it is abandoned
// as it is.
class greenlet {
 public:
  using function = std::function<std::any(std::any)>;

  // Its parent is the current greenlet, unless another one is named.
  explicit greenlet(function run);
  greenlet(function run, greenlet& parent);
  greenlet(const greenlet&) = delete;
  ~greenlet();

  static greenlet& current();

  // Goes on there; returns the value that is switched back here, or throws what is thrown in here.
  // Throws std::logic_error where the greenlet belongs to another thread or fiber.
  std::any switch_to(std::any value = {});
  // Goes on there with an error. One that has not started dies of it without running.
  std::any throw_into(std::exception_ptr error);
  template <class E = greenlet_exit>
  std::any throw_into(E error = {}) {
    return throw_into(std::make_exception_ptr(std::move(error)));
  }

  // nullptr for a main greenlet.
  greenlet* parent() const noexcept { return parent_; }
  // Throws std::invalid_argument where the greenlet would become its own ancestor.
  void set_parent(greenlet& parent);

  bool started() const noexcept;
  bool dead() const noexcept;  // has returned, or died of an error
  // Started and not dead.
  explicit operator bool() const noexcept { return started() && !dead(); }

 private:
  struct parcel;
  struct family;
  struct state;
  explicit greenlet(family& f);
  void adopt_by(greenlet& parent) noexcept;
  void leave_parent() noexcept;

  std::unique_ptr<state> state_;
  greenlet* parent_ = nullptr;
  greenlet* first_child_ = nullptr;
  greenlet* next_sibling_ = nullptr;
  greenlet** to_this_ = nullptr;  // what points to it in its parent's list
};

}  // namespace models::support
