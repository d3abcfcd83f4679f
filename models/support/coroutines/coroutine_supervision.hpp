#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "bench/contract/task.hpp"
#include "models/support/coroutines/coroutine_wait.hpp"
#include "models/support/coroutines/task.hpp"
#include "models/support/supervision/task_scope.hpp"
#include "models/support/supervision/time_limit.hpp"

namespace models::support {

template <class M>
class coroutine_supervision;

// A scope of tasks that are coroutines: each has one more around it, which watches it.
template <class M>
class coroutine_scope : public task_scope_base<M> {
 public:
  using task_scope_base<M>::task_scope_base;

  // Starts `body(m, args...)` as a task; its result is in `*slot` when it is done.
  template <class T, bench::task_body Body, bench::message... Args>
  task_handle spawn(T* slot, Body body, Args... args) {
    return start(body(this->m_, args...), slot);
  }
  template <bench::task_body Body, bench::message... Args>
  task_handle spawn(Body body, Args... args) {
    return start(body(this->m_, args...), no_slot{});
  }

 private:
  friend class coroutine_supervision<M>;

  template <class T, class Slot>
  task_handle start(task<T> body, Slot slot) {
    auto& r = this->template add_record<task_record>();
    this->group_.spawn(supervise(&r, std::move(body), slot));
    return task_handle{&r};
  }

  template <class T, class Slot>
  static task<void> supervise(task_record* r, task<T> body, Slot slot) {
    auto& supervisor = r->owner;
    if (supervisor.begin(*r)) {
      enter_scope enter{r->scope};
      co_await enter;
      try {
        if constexpr (std::is_same_v<Slot, no_slot>) {
          co_await std::move(body);
        } else {
          T value = co_await std::move(body);
          *slot = std::move(value);
        }
      } catch (...) {
        supervisor.capture(*r);
      }
      r->scope.leave();
    }
    supervisor.finish(*r);
  }
};

// What a model of coroutines offers to supervise and to cancel tasks; see `direct_supervision`.
// Braced temporaries are no part of an awaited expression: g++ 12 destroys some of them twice.
template <class M>
class coroutine_supervision {
 public:
  using scope = coroutine_scope<M>;

  template <bench::task_body Body, class... Args>
  auto with_scope(bench::on_failure policy, Body body, Args... args)
      -> decltype(body(std::declval<M&>(), std::declval<scope&>(), args...)) {
    using result = typename decltype(body(self(), std::declval<scope&>(), args...))::value_type;
    scope s{self(), policy};
    std::optional<std::conditional_t<std::is_void_v<result>, char, result>> value;
    std::exception_ptr thrown;
    bool by_cancellation = false;
    enter_scope enter{s.body()};
    co_await enter;
    try {
      if constexpr (std::is_void_v<result>) {
        co_await body(self(), s, args...);
      } else {
        result r = co_await body(self(), s, args...);
        value.emplace(std::move(r));
      }
      co_await s.end();
    } catch (const bench::cancelled&) {
      thrown = std::current_exception();
      by_cancellation = true;
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown) s.cancel();
    co_await s.group_.join();
    s.body().leave();
    s.conclude(thrown, by_cancellation);
    if constexpr (!std::is_void_v<result>) co_return std::move(*value);
  }

  template <bench::task_body Body, class... Args>
  auto within(std::int64_t ns, Body body, Args... args)
      -> decltype(body(std::declval<M&>(), args...)) {
    using result = typename decltype(body(self(), args...))::value_type;
    cancel_scope limited;
    enter_scope enter{limited};
    co_await enter;
    parking_time_limit limit{limited, ns};
    try {
      if constexpr (std::is_void_v<result>) {
        co_await body(self(), args...);
        co_return;
      } else {
        result r = co_await body(self(), args...);
        co_return r;
      }
    } catch (const bench::cancelled&) {
      limit.stop();
      limited.leave();
      if (limited.thrown(cancel_scope::from_outside) || !limited.thrown(cancel_scope::time_is_up))
        throw;
    }
    throw bench::timed_out{};
  }

  template <bench::task_body Body, class... Args>
  auto shielded(Body body, Args... args) -> decltype(body(std::declval<M&>(), args...)) {
    using result = typename decltype(body(self(), args...))::value_type;
    cancel_scope shield{cancel_scope::shield};
    enter_scope enter{shield};
    co_await enter;
    if constexpr (std::is_void_v<result>) {
      co_await body(self(), args...);
    } else {
      result r = co_await body(self(), args...);
      co_return r;
    }
  }

  static auto checkpoint() { return M::wait(checkpoint_operation{}); }

  // `op` must live until this has been awaited.
  template <bench::cancellable Op>
  static task<bool> wait_within(std::int64_t ns, Op& op) {
    if (op.ready()) co_return true;
    cancel_scope limited;
    enter_scope enter{limited};
    co_await enter;
    parking_time_limit limit{limited, ns};
    coroutine_try_wait<Op> wait{op};
    const bool served = co_await wait;
    limit.stop();
    limited.leave();
    if (!served && limited.thrown(cancel_scope::from_outside)) throw bench::cancelled{};
    co_return served;
  }

  template <bench::operation Op>
  static auto wait_for_tasks(Op op) {
    return M::wait(op);
  }
  template <bench::cancellable Op>
  static task<bool> wait_for_tasks_within(std::int64_t ns, Op op) {
    co_return co_await wait_within(ns, op);
  }

 private:
  M& self() noexcept { return static_cast<M&>(*this); }
};

}  // namespace models::support
