#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "bench/contract/supervision.hpp"
#include "bench/contract/task.hpp"
#include "models/support/fibers/hub.hpp"
#include "models/support/scheduling/scheduler.hpp"
#include "models/support/supervision/cancel_scope.hpp"

namespace models::support {

// What outlives the workers' threads: up to their end they may run on these stacks.
struct hubs {
  stack_slabs stacks;
  std::vector<std::unique_ptr<hub>> all;
};

// The shared scheduler with a hub of fibers for each worker.
class fiber_scheduler : private hubs, private scheduler {
 public:
  explicit fiber_scheduler(const bench::settings& s)
      : hubs{{s.stack_bytes, s.memory}, {}}, scheduler{s, &execute} {
    for (std::size_t i = 0; i < size(); ++i)
      all.push_back(
          std::make_unique<hub>((*this)[i], stacks, s.memory == bench::memory_policy::pooled));
  }

  // Calls `f` in a fiber of worker 0, which the calling thread is until `f` has returned.
  template <class F>
  auto run_to_end(F f) {
    root<F> task{*all.front(), f};
    const entry enter{*this};
    void* item = &task;
    do {
      all.front()->execute(item);
    } while (!task.done && (item = enter.self().next([&] { return task.done; })) != nullptr);
    hub::leave_thread();
    return task.take();
  }

 private:
  template <class F>
  struct root : job {
    using result = std::invoke_result_t<F&>;

    root(hub& h, F& f) : job{&execute}, home{h}, function{f} {}

    static void execute(job& j) noexcept {
      auto& self = static_cast<root&>(j);
      try {
        if constexpr (std::is_void_v<result>) {
          self.function();
        } else {
          self.value.emplace(self.function());
        }
      } catch (...) {
        self.error = std::current_exception();
      }
      self.done = true;
      self.home.stop();
    }

    result take() {
      if (error) std::rethrow_exception(error);
      if constexpr (!std::is_void_v<result>) return std::move(*value);
    }

    hub& home;
    F& function;
    bool done = false;
    std::exception_ptr error;
    std::optional<std::conditional_t<std::is_void_v<result>, char, result>> value;
  };

  static void execute(worker& w, void* item) {
    static_cast<fiber_scheduler&>(w.home()).all[w.index()]->execute(item);
  }
};

// A fiber that waits for an operation; it lies on the fiber's own stack, since only its own worker
// goes on with it, and that is busy until it has parked.
class fiber_waiter : public bench::waiter {
 public:
  explicit fiber_waiter(fiber& f) : waiter{&wake_fiber}, fiber_{f} {}

 private:
  static void wake_fiber(waiter& w) noexcept { hub::wake(static_cast<fiber_waiter&>(w).fiber_); }

  fiber& fiber_;
};

// Parks the running fiber in a scope until the operation is done; false: withdrawn.
template <bench::operation Op>
[[gnu::noinline]] bool park_fiber_in(cancel_scope& scope, Op& op) {
  auto& home = *hub::current();
  fiber_waiter w{home.running()};
  if (scope.park(op, w)) home.park();
  return scope.resume(op);
}

// Parks the running fiber until the operation is done.
template <bench::operation Op>
decltype(auto) park_fiber(Op& op) {
  if (!op.ready()) {
    auto& home = *hub::current();
    if (auto* const scope = scope_in(home.running().scope)) [[unlikely]] {
      if (!park_fiber_in(*scope, op)) throw_cancelled(op);
      return op.result();
    }
    fiber_waiter w{home.running()};
    if (op.park(w)) home.park();
  }
  return op.result();
}

}  // namespace models::support
