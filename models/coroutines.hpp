#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "bench/contract/memory.hpp"
#include "bench/contract/model.hpp"
#include "models/support/coroutines/coroutine_generator.hpp"
#include "models/support/coroutines/coroutine_supervision.hpp"
#include "models/support/coroutines/coroutine_wait.hpp"
#include "models/support/coroutines/task.hpp"
#include "models/support/io/parking_io.hpp"
#include "models/support/scheduling/offloaded_call.hpp"
#include "models/support/scheduling/scheduler.hpp"
#include "models/support/supervision/event_loop.hpp"
#include "models/support/sync/sync.hpp"

namespace models {

// Stackless C++20 coroutines: lazy tasks, one frame for each spawn, symmetric transfer.
class coroutines : public bench::heap, public support::coroutine_supervision<coroutines> {
 public:
  using event_loop = support::event_loop<coroutines>;
  using sync = support::parking_sync;
  using io = support::parking_io;
  template <class T>
  using generator = support::coroutine_generator<T>;
  template <class T>
  using task = support::task<T>;

  // Joined by `co_await group.join()` before it leaves its scope.
  class task_group {
   public:
    explicit task_group(coroutines& m) : m_{m} {}
    task_group(const task_group&) = delete;
    ~task_group() {
      if (spawned_ != 0) std::terminate();  // its tasks would write into a dead frame
    }

    template <class T, bench::task_body Body, bench::message... Args>
    void spawn(T* slot, Body body, Args... args) {
      auto frame = body(m_, args...).release();
      frame.promise().put_result_in(slot);
      start(frame);
    }
    template <bench::task_body Body, bench::message... Args>
    void spawn(Body body, Args... args) {
      start(body(m_, args...).release());
    }
    // A coroutine that is there already.
    void spawn(task<void> body) { start(body.release()); }

    struct join_awaiter {
      task_group& group;
      bool await_ready() const noexcept { return group.spawned_ == 0; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> self) noexcept {
        group.state_.joiner = self;
        if (group.state_.left.join(group.spawned_, support::worker::current()->alone()))
          return self;
        return support::next_coroutine_in_turn();
      }
      void await_resume() {
        group.spawned_ = 0;
        group.state_.left.reset();
        group.state_.failed.rethrow();
      }
    };
    join_awaiter join() noexcept { return {*this}; }

   private:
    template <class Handle>
    void start(Handle frame) {
      frame.promise().report_to(state_);
      ++spawned_;
      support::worker::current()->push(frame.address());
    }

    coroutines& m_;
    std::int64_t spawned_ = 0;
    support::group_state state_;
  };

  static constexpr std::string_view name = "coroutines";
  static constexpr std::string_view about = "stackless C++20 coroutines on the shared scheduler";
  static constexpr bench::abilities can{.nests = true,
                                        .waits = true,
                                        .locks = true,
                                        .does_io = true,
                                        .supervises = true,
                                        .cancels = true,
                                        .generates = true,
                                        .offloads = true};
  static std::optional<std::string> cannot(const bench::demand&, const bench::settings& s) {
    return support::engine_missing(s);
  }

  explicit coroutines(const bench::settings& s) : scheduler_{s, &support::resume_coroutines} {}

  // Runs the coroutine `body(m, args...)` to its end; the calling thread is a worker meanwhile.
  template <bench::task_body Body, class... Args>
  auto run(Body body, Args&... args) {
    const support::scheduler::entry enter{scheduler_};
    using result = decltype(body(*this, args...).operator co_await().await_resume());
    return support::run_to_end<result>(enter.self(), body(*this, args...));
  }

  task_group group() { return task_group{*this}; }

  // What a coroutine awaits to wait for an operation.
  template <bench::operation Op>
  static auto wait(Op op) {
    return support::coroutine_wait<Op>{std::move(op)};
  }

  // Lets everything that is ready now have its turn first.
  static support::yield_awaiter yield() { return {}; }

  // A wait for a blocking call `f(args...)`; see bench::offload.
  template <bench::task_body F, bench::message... Args>
  static auto offload(F, Args... args) {
    return wait(support::offloaded_call<F, Args...>{args...});
  }

 private:
  support::scheduler scheduler_;
};

}  // namespace models
