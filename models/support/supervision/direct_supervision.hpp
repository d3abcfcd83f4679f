#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "bench/contract/task.hpp"
#include "models/support/base/call.hpp"
#include "models/support/supervision/task_scope.hpp"

namespace models::support {

// A scope of tasks whose bodies are ordinary functions.
template <class M>
class direct_scope : public task_scope_base<M> {
 public:
  using task_scope_base<M>::task_scope_base;

  // Starts `body(m, args...)` as a task; its result is in `*slot` when it is done.
  template <class T, bench::task_body Body, bench::message... Args>
  task_handle spawn(T* slot, Body, Args... args) {
    return start(call<M, T, Body, Args...>{slot, {args...}});
  }
  template <bench::task_body Body, bench::message... Args>
  task_handle spawn(Body, Args... args) {
    return start(call<M, void, Body, Args...>{{}, {args...}});
  }

  // Runs the scope's body and leaves when all tasks have ended.
  template <class F>
  auto run(F body) {
    using result = std::invoke_result_t<F&>;
    std::optional<std::conditional_t<std::is_void_v<result>, char, result>> value;
    std::exception_ptr thrown;
    bool by_cancellation = false;
    auto& place = M::scope_place();
    this->body().enter(place, scope_in(place));
    try {
      if constexpr (std::is_void_v<result>) {
        body();
      } else {
        value.emplace(body());
      }
      this->end();
    } catch (const bench::cancelled&) {
      thrown = std::current_exception();
      by_cancellation = true;
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown) this->cancel();
    this->group_.join();
    this->body().leave();
    this->conclude(thrown, by_cancellation);
    if constexpr (!std::is_void_v<result>) return std::move(*value);
  }

 private:
  struct record : task_record {
    record(supervisor& s, std::uint32_t bytes, void (*f)(M&, record&))
        : task_record{s, bytes}, run{f} {}
    void (*const run)(M&, record&);
  };
  template <class Call>
  struct record_of : record {
    record_of(supervisor& s, std::uint32_t bytes, const Call& c)
        : record{s, bytes, [](M& m, record& r) { static_cast<record_of&>(r).call(m); }}, call{c} {}
    const Call call;
  };

  template <class Call>
  task_handle start(const Call& call) {
    record& r = this->template add_record<record_of<Call>>(call);
    try {
      this->group_.spawn(bench::fn<supervise>, &r);
    } catch (...) {  // the system has no room for another: nobody is to wait for it
      r.owner.capture(r);
      r.owner.finish(r);
      throw;
    }
    return task_handle{&r};
  }

  static void supervise(M& m, record* r) {
    auto& supervisor = r->owner;
    if (supervisor.begin(*r)) {
      r->scope.enter(M::scope_place(), nullptr);
      try {
        r->run(m, *r);
      } catch (...) {
        supervisor.capture(*r);
      }
      r->scope.leave();
    }
    supervisor.finish(*r);
  }
};

// What a model with ordinary functions as bodies offers to supervise and to cancel tasks. It says
// where a task's innermost scope is noted (`scope_place`), how its tasks wait in a scope
// (`wait_in`) and how time is limited (`time_limit`).
template <class M>
class direct_supervision {
 public:
  using scope = direct_scope<M>;

  // Calls `body(m, scope, args...)` and returns its result when all tasks of the scope have ended.
  // If it throws they are cancelled first.
  template <bench::task_body Body, class... Args>
  auto with_scope(bench::on_failure policy, Body body, Args... args) {
    scope s{self(), policy};
    return s.run([&] { return body(self(), s, args...); });
  }

  // Calls `body(m, args...)`; what it waits for is cancelled when `ns` have passed, and
  // bench::timed_out is thrown once it has ended.
  template <bench::task_body Body, class... Args>
  auto within(std::int64_t ns, Body body, Args... args) {
    cancel_scope limited;
    limited.enter(M::scope_place(), scope_in(M::scope_place()));
    typename M::time_limit limit{limited, ns};
    try {
      return body(self(), args...);
    } catch (const bench::cancelled&) {
      limit.stop();
      limited.leave();
      if (limited.thrown(cancel_scope::from_outside) || !limited.thrown(cancel_scope::time_is_up))
        throw;
    }
    throw bench::timed_out{};
  }

  // Calls `body(m, args...)`, which is not cancelled meanwhile; what comes from outside waits.
  template <bench::task_body Body, class... Args>
  auto shielded(Body body, Args... args) {
    cancel_scope shield{cancel_scope::shield};
    shield.enter(M::scope_place(), scope_in(M::scope_place()));
    return body(self(), args...);
  }

  // Throws bench::cancelled if the task has been cancelled.
  static void checkpoint() { M::wait(checkpoint_operation{}); }

  // Waits for `ns` at most; whether the operation was done. If not, it has been withdrawn.
  template <bench::cancellable Op>
  static bool wait_within(std::int64_t ns, Op& op) {
    if (op.ready()) return true;
    cancel_scope limited;
    limited.enter(M::scope_place(), scope_in(M::scope_place()));
    typename M::time_limit limit{limited, ns};
    const bool served = M::wait_in(limited, op);
    limit.stop();
    limited.leave();
    if (!served && limited.thrown(cancel_scope::from_outside)) throw bench::cancelled{};
    return served;
  }

  template <bench::operation Op>
  static auto wait_for_tasks(Op op) {
    return M::wait(op);
  }
  template <bench::cancellable Op>
  static bool wait_for_tasks_within(std::int64_t ns, Op op) {
    return wait_within(ns, op);
  }

 private:
  M& self() noexcept { return static_cast<M&>(*this); }
};

}  // namespace models::support
