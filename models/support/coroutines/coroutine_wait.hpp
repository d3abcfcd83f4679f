#pragma once

#include <coroutine>
#include <memory>
#include <type_traits>
#include <utility>

#include "bench/contract/supervision.hpp"
#include "bench/contract/task.hpp"
#include "models/support/coroutines/task.hpp"
#include "models/support/supervision/cancel_scope.hpp"

namespace models::support {

// What others hold of a coroutine that waits: the operation a waiter, and once that is woken, its
// worker a node, perhaps; never both at one time.
struct waiter_then_node {
  waiter_then_node() noexcept : waiter{} {}
  union {
    bench::waiter waiter;
    ready_node node;
  };
  static waiter_then_node& of(bench::waiter& w) noexcept {
    return reinterpret_cast<waiter_then_node&>(w);
  }
};
static_assert(std::is_standard_layout_v<waiter_then_node>);

// Awaits an operation: the waiter lies in the awaiting coroutine's frame, whose every byte counts.
template <bench::operation Op>
class [[nodiscard]] coroutine_wait : waiter_then_node {
 public:
  explicit coroutine_wait(Op op) : op_{std::forward<Op>(op)} {}

  bool await_ready() { return op_.ready(); }
  template <scoped_promise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) {
    self_ = self.address();
    if (auto* const scope = self.promise().scope()) [[unlikely]] {
      if (!park_in(*scope)) return self;
    } else {
      waiter.wake = &resume_later;
      home_ = reinterpret_cast<scope_link>(worker::current());
      // Once parked, another worker may already be running us: nothing of ours is touched after it.
      if (!op_.park(waiter)) return self;
    }
    if (void* item = worker::current()->find()) return std::coroutine_handle<>::from_address(item);
    return std::noop_coroutine();
  }
  decltype(auto) await_resume() {
    if (!served()) [[unlikely]]
      throw_cancelled(op_);
    return op_.result();
  }

 protected:
  // Whether the wait came to its end; false: it was withdrawn.
  bool served() noexcept {
    auto* const scope = scope_in(home_);
    return scope == nullptr || scope->resume(op_);
  }

 private:
  [[gnu::noinline]] bool park_in(cancel_scope& scope) {
    waiter.wake = &resume_in_scope;
    home_ = reinterpret_cast<scope_link>(&scope) | scope_bit;
    scope.home = worker::current();
    return scope.park(op_, waiter);
  }

  static void resume_later(bench::waiter& w) noexcept {
    auto& self = static_cast<coroutine_wait&>(of(w));
    self.resume_at(reinterpret_cast<worker*>(self.home_));
  }
  static void resume_in_scope(bench::waiter& w) noexcept {
    auto& self = static_cast<coroutine_wait&>(of(w));
    self.resume_at(scope_in(self.home_)->home);
  }
  // From a worker: it may run anywhere. From any other thread: to the worker where it waited.
  void resume_at(worker* home) noexcept {
    if (auto* here = worker::current()) {
      here->push_woken(self_);
    } else {
      home->post(*std::construct_at(&node, ready_node{.item = self_}));
    }
  }

  void* self_ = nullptr;  // the coroutine
  scope_link home_ = 0;   // its worker; of one that can be cancelled its scope, which knows it
  Op op_;
};

// The same with what became of the wait as its value: served, or withdrawn.
template <bench::operation Op>
struct coroutine_try_wait : coroutine_wait<Op&> {
  explicit coroutine_try_wait(Op& op) : coroutine_wait<Op&>{op} {}
  bool await_resume() noexcept { return this->served(); }
};

// Puts a scope around what the awaiting coroutine awaits from now on.
struct enter_scope {
  cancel_scope& scope;
  static bool await_ready() noexcept { return false; }
  template <scoped_promise Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) noexcept {
    auto& promise = self.promise();
    scope.enter(promise.scope_place(), promise.scope());
    return false;
  }
  static void await_resume() noexcept {}
};

// Lets everything that is ready now have its turn first.
class yield_awaiter {
 public:
  bool await_ready() noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> self) noexcept {
    node_.item = self.address();
    auto& here = *worker::current();
    here.ready(node_);
    return std::coroutine_handle<>::from_address(here.find());
  }
  void await_resume() noexcept {}

 private:
  ready_node node_;
};

// The end of a chain of coroutines: resumed by the last of them, it raises a flag and wakes the
// worker that waits for it. It does so from its final suspension, since its frame may be gone right
// after.
class end_of_run {
 public:
  struct promise_type : promise_base {
    std::atomic<bool>& done;
    worker& waiting;

    promise_type(std::atomic<bool>& flag, worker& w) : done{flag}, waiting{w} {
      report_to_nobody();
    }
    end_of_run get_return_object() {
      return end_of_run{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    auto final_suspend() noexcept {
      struct raise_flag : std::suspend_always {
        void await_suspend(std::coroutine_handle<promise_type> self) noexcept {
          auto& w = self.promise().waiting;
          self.promise().done.store(true, std::memory_order_seq_cst);
          w.wake();
        }
      };
      return raise_flag{};
    }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };

  end_of_run(end_of_run&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
  ~end_of_run() {
    if (frame_) frame_.destroy();
  }
  static end_of_run create(std::atomic<bool>&, worker&) { co_return; }
  std::coroutine_handle<promise_type> handle() const { return frame_; }

 private:
  explicit end_of_run(std::coroutine_handle<promise_type> frame) : frame_{frame} {}
  std::coroutine_handle<promise_type> frame_;
};

// Runs one coroutine to its end on the workers of `self`, which the calling thread is.
template <class T>
T run_to_end(worker& self, task<T> body) {
  std::atomic<bool> done = false;
  const auto end = end_of_run::create(done, self);
  auto root = std::move(body).operator co_await();
  void* item = root.await_suspend(end.handle()).address();
  do {
    resume_coroutines(self, item);
    item = self.next([&] { return done.load(std::memory_order_acquire); });
  } while (item != nullptr);
  return root.await_resume();
}

}  // namespace models::support
