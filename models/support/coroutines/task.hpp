#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "models/support/base/countdown.hpp"
#include "models/support/base/frame_pool.hpp"
#include "models/support/base/group.hpp"
#include "models/support/scheduling/scheduler.hpp"
#include "models/support/supervision/cancel_scope.hpp"

namespace models::support {

// Resumes coroutines, the first of them `item`, until this worker has no newest one.
inline void resume_coroutines(worker& self, void* item) {
  do {
    std::coroutine_handle<>::from_address(item).resume();
    item = self.take_next();
  } while (item != nullptr);
}

// Where a coroutine goes that joins: its worker's newest item, else the worker's loop. Now and then
// the oldest; a loop of forks and joins must not starve the others.
inline std::coroutine_handle<> next_coroutine_in_turn() noexcept {
  if (void* item = worker::current()->pop_in_turn())
    return std::coroutine_handle<>::from_address(item);
  return std::noop_coroutine();
}

// What the tasks of a group share.
struct group_state {
  countdown left;
  std::coroutine_handle<> joiner;
  failure failed;
};

// What a coroutine that is awaited alone reports to. The continuation's promise is a promise_base.
struct awaiter_state {
  std::coroutine_handle<> continuation;
  std::exception_ptr error;
};

// The part of a promise that knows who waits: a group, or one awaiter; never both. In their place
// stands the innermost scope in which the coroutine itself can be cancelled, while there is one; so
// what can be cancelled is found from the inside out, and costs nothing where nobody asks.
class promise_base {
 public:
  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

  std::suspend_always initial_suspend() noexcept { return {}; }

  // A task of a group does not suspend here: it runs off its end, which frees its frame where it is
  // known best, and returns to `resume_coroutines`. To be destroyed from outside would be one more
  // indirect call for each task.
  struct final_awaiter {
    promise_base& self;
    bool await_ready() noexcept {
      if (!self.in_group()) return false;
      auto& here = *worker::current();
      if (auto* const g = self.group(); g->left.finish(here.alone()))
        here.run_next(g->joiner.address());
      return true;
    }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
      return self.awaiter()->continuation;
    }
    void await_resume() noexcept {}
  };
  final_awaiter final_suspend() noexcept { return {*this}; }

  void unhandled_exception() noexcept {
    if (in_group()) {
      group()->failed.capture();
    } else {
      awaiter()->error = std::current_exception();
    }
  }

  // The innermost scope around the coroutine, or nullptr. Coroutines of a group without scopes are
  // in none.
  cancel_scope* scope() const noexcept {
    auto parent = parent_;
    while ((parent & (in_group_bit | scope_bit)) == 0) {
      const auto* const awaiter = reinterpret_cast<const awaiter_state*>(parent);
      parent = of(awaiter->continuation).parent_;
    }
    return scope_in(parent);
  }
  // Where it is noted.
  scope_link& scope_place() noexcept { return parent_; }
  // For the end of a chain.
  void report_to_nobody() noexcept { parent_ = in_group_bit; }

  void report_to(group_state& g) noexcept {
    parent_ = reinterpret_cast<std::uintptr_t>(&g) | in_group_bit;
  }
  void report_to(awaiter_state& a) noexcept { parent_ = reinterpret_cast<std::uintptr_t>(&a); }

 private:
  static constexpr scope_link in_group_bit = 1;

  // A promise lies behind the two pointers that every frame begins with, whatever it derives from
  // this base; so do all that are aligned to 16 bytes at most.
  static const promise_base& of(std::coroutine_handle<> frame) noexcept {
    return std::coroutine_handle<promise_base>::from_address(frame.address()).promise();
  }

  bool in_group() const noexcept { return (parent_ & in_group_bit) != 0; }
  group_state* group() const noexcept {
    return reinterpret_cast<group_state*>(parent_ - in_group_bit);
  }
  awaiter_state* awaiter() const noexcept { return reinterpret_cast<awaiter_state*>(parent_); }

  scope_link parent_ = 0;
};

// A coroutine whose promise can be asked for the scope around it.
template <class Promise>
concept scoped_promise = std::derived_from<Promise, promise_base> && alignof(Promise) <= 16;

template <class T>
class result_promise : public promise_base {
 public:
  void return_value(T value) noexcept { *slot_ = std::move(value); }
  void put_result_in(T* slot) noexcept { slot_ = slot; }

 private:
  T* slot_ = nullptr;
};

template <>
class result_promise<void> : public promise_base {
 public:
  void return_void() noexcept {}
};

// A coroutine that starts when it is awaited or given to a group, and whose result goes straight to
// where its consumer wants it. An error in it rises from the `co_await`.
template <class T>
class [[nodiscard]] task {
 public:
  struct promise_type : result_promise<T> {
    task get_return_object() noexcept { return task{handle::from_promise(*this)}; }
  };
  using handle = std::coroutine_handle<promise_type>;
  using value_type = T;

  task(task&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
  ~task() {
    if (frame_) frame_.destroy();
  }

  // The coroutine, not started; the caller owns it from now on.
  handle release() noexcept { return std::exchange(frame_, nullptr); }

  class awaiter : awaiter_state {
   public:
    explicit awaiter(handle frame) : frame_{frame} {}
    bool await_ready() noexcept { return false; }
    template <scoped_promise Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      continuation = self;
      frame_.promise().report_to(static_cast<awaiter_state&>(*this));
      if constexpr (!std::is_void_v<T>) frame_.promise().put_result_in(&result_);
      return frame_;
    }
    T await_resume() {
      if (error) [[unlikely]]
        std::rethrow_exception(std::move(error));
      if constexpr (!std::is_void_v<T>) return std::move(result_);
    }

   private:
    handle frame_;
    [[no_unique_address]] std::conditional_t<std::is_void_v<T>, no_slot, T> result_{};
  };
  awaiter operator co_await() && noexcept { return awaiter{frame_}; }

 private:
  explicit task(handle frame) noexcept : frame_{frame} {}
  handle frame_;
};

}  // namespace models::support
