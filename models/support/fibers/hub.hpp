#pragma once

#include <cstddef>
#include <cstdint>

#include "models/support/base/job.hpp"
#include "models/support/fibers/fiber_context.hpp"
#include "models/support/fibers/stack_slab.hpp"
#include "models/support/scheduling/scheduler.hpp"
#include "models/support/supervision/cancel_scope.hpp"

namespace models::support {

class hub;

// A stack and the fiber on it. It lies at the top of that stack, in the page that any fiber
// touches, so that a parked fiber holds one page.
struct alignas(64) fiber : fiber_context {
  fiber(hub& h, stack_slabs::stack s, function run)
      : fiber_context{s.bottom, reinterpret_cast<std::byte*>(this), run}, home{h}, stack{s} {
    node.item = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(this) | 1);
  }

  hub& home;
  ready_node node;             // while it is ready
  scope_link scope = 0;        // the innermost that its task is in
  job* task = nullptr;         // what it runs
  fiber* next_idle = nullptr;  // while it has nothing to run
  const stack_slabs::stack stack;
};

// The fibers of one worker, as gevent's hub is for a thread. A fiber that has not started is a
// `job` in the worker's deque, which any worker may steal, and has no stack. The worker that starts
// it gives it one, and there it stays. A fiber that parks switches straight to whatever is next;
// only where there is nothing does the worker's own stack run, to look for more and to sleep.
class hub {
 public:
  // With `recycle` a stack whose fiber has finished is kept, hot, for the next one.
  hub(worker& w, stack_slabs& stacks, bool recycle)
      : worker_{w}, stacks_{stacks}, recycle_{recycle} {}
  hub(const hub&) = delete;
  ~hub();

  // The hub whose fibers this thread runs.
  static hub* current() noexcept { return current_; }

  // From the worker's own stack: runs an item and what is found after it, until nothing is.
  void execute(void* item);
  // The calling thread runs no fibers any more.
  static void leave_thread() noexcept { current_ = nullptr; }

  fiber& running() const noexcept { return *running_; }
  worker& home() const noexcept { return worker_; }

  // Parks the running fiber until somebody wakes it, as may already have happened: nobody but this
  // worker goes on with it.
  void park() noexcept;

  // Lets everything that is ready now have its turn first.
  void yield() noexcept;

  // Any thread: makes a fiber ready that parks, or is about to.
  static void wake(fiber& f) noexcept;

  // At the end of a task: goes on with `f` next, if it is of this hub; its turn has come because
  // the task has finished.
  static void wake_next(fiber& f) noexcept;

  // At the end of a task: goes on with the worker's own stack next.
  void stop() noexcept { next_ = &loop_; }

 private:
  static void run(fiber_context& self) noexcept;
  static void free(fiber_context& gone) noexcept;
  fiber_context& context_of(void* item);
  fiber& make_fiber();

  inline static constinit thread_local hub* current_ = nullptr;

  worker& worker_;
  fiber* running_ = nullptr;
  exception_state* exceptions_ = nullptr;
  fiber* idle_ = nullptr;          // newest first: its stack is in the cache
  fiber_context* next_ = nullptr;  // what a task that has ended wants to go on
  fiber_context loop_;             // the worker's own stack
  stack_slabs& stacks_;
  const bool recycle_;
};

inline fiber_context& hub::context_of(void* item) {
  const auto bits = reinterpret_cast<std::uintptr_t>(item);
  if ((bits & 1) != 0) return *reinterpret_cast<fiber*>(bits - 1);
  if (item == nullptr) return loop_;
  fiber* f = idle_;
  if (f != nullptr) [[likely]] {
    idle_ = f->next_idle;
  } else {
    f = &make_fiber();
  }
  f->task = static_cast<job*>(item);
  return *f;
}

inline void hub::park() noexcept {
  auto& self = *running_;
  auto& next = context_of(worker_.find());
  if (&next == &self) return;
  self.switch_to(next, *exceptions_);
  running_ = &self;
}

inline void hub::yield() noexcept {
  worker_.ready(running_->node);
  park();
}

inline void hub::wake(fiber& f) noexcept {
  if (&f.home == current_) {
    f.home.worker_.ready(f.node);
  } else {
    f.home.worker_.post(f.node);
  }
}

inline void hub::wake_next(fiber& f) noexcept {
  if (&f.home == current_) {
    f.home.next_ = &f;
  } else {
    f.home.worker_.post(f.node);
  }
}

}  // namespace models::support
