#pragma once

#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "bench/contract/model.hpp"
#include "bench/contract/task.hpp"
#include "models/support/base/timing.hpp"
#include "models/support/supervision/loop_calls.hpp"

namespace models::support {

// What a body returns in the end, whatever its colour.
template <class R>
struct value_of {
  using type = R;
};
template <class R>
requires requires {
  typename R::value_type;
  typename R::promise_type;
}
struct value_of<R> {
  using type = typename R::value_type;
};

// An event loop for callbacks and tasks that come from anywhere: from threads outside of the model
// (a GUI's, say), from tasks, from the callbacks themselves. One task of the model serves it, by
// `serve`, up to `stop`; any thread may call the rest, while it is served and before.
//
// A turn makes the calls that were due when it began, and then lets everything else that is ready
// have its turn: callbacks that post themselves again keep neither others nor tasks from theirs.
template <class M>
class event_loop {
 public:
  void post(loop_calls::function f) { calls_.post(std::move(f)); }
  void call_later(std::int64_t ns, loop_calls::function f) {
    call_at(time_ns() + ns, std::move(f));
  }
  // On the loop's clock, `time_ns`, which is monotonic.
  void call_at(std::int64_t at_ns, loop_calls::function f) { calls_.call_at(at_ns, std::move(f)); }
  static std::int64_t time_ns() { return monotonic_ns(); }
  void stop() { calls_.stop(); }

  // Runs `body(m, args...)` as a task of the loop's model; the future has its result or its error.
  // For other threads: whoever waits for the future in the loop's own keeps it from ever coming.
  template <bench::task_body Body, bench::message... Args>
  auto submit(Body, Args... args) {
    using value = typename value_of<std::invoke_result_t<Body, M&, Args...>>::type;
    using visitor = visit<Body, value, Args...>;
    const auto v = std::make_shared<visitor>();
    v->args = {args...};
    auto result = v->promise.get_future();
    post([this, v] {
      v->itself = v;
      group_->spawn(bench::fn<&visitor::run>, v.get());
    });
    return result;
  }

  // A wait, `x` in a direct body and `co_await x` in a coroutine, until `stop` has been called and
  // all that was posted before it has been called, and all tasks have ended. The first callback
  // that throws ends it, too; its error rises from here.
  auto serve(M& m) {
    if constexpr (bench::awaits<M>) {
      return serve_awaiting(m, *this);
    } else {
      auto group = m.group();
      group_ = &group;
      std::exception_ptr error;
      while (!turn(error)) {
        M::yield();
        auto news = calls_.news();
        const auto ns = calls_.idle_ns();
        if (ns == loop_calls::never) {
          M::wait(news);
        } else if (ns > 0) {
          M::wait_within(ns, news);
        }
      }
      group.join();
      if (error) std::rethrow_exception(error);
    }
  }

 private:
  // Whether it was the last one.
  bool turn(std::exception_ptr& error) {
    try {
      return calls_.turn();
    } catch (...) {
      error = std::current_exception();
      return true;
    }
  }

  template <bench::awaits N>
  static bench::task_of<N, void> serve_awaiting(N& m, event_loop<N>& loop) {
    auto group = m.group();
    loop.group_ = &group;
    std::exception_ptr error;
    while (!loop.turn(error)) {
      co_await N::yield();
      auto news = loop.calls_.news();
      const auto ns = loop.calls_.idle_ns();
      if (ns == loop_calls::never) {
        co_await N::wait(news);
      } else if (ns > 0) {
        co_await N::wait_within(ns, news);
      }
    }
    co_await group.join();
    if (error) std::rethrow_exception(error);
  }

  // A task that came from outside.
  template <class Body, class Value, class... Args>
  struct visit {
    std::promise<Value> promise;
    std::tuple<Args...> args;
    std::shared_ptr<visit> itself;  // from when it has been started

    auto call(M& m) {
      return std::apply([&](const Args&... values) { return Body{}(m, values...); }, args);
    }
    void fail() noexcept { promise.set_exception(std::current_exception()); }

    static auto run(M& m, visit* self) {
      if constexpr (bench::awaits<M>) {
        return run_awaiting(m, self);
      } else {
        const auto keep = std::move(self->itself);
        try {
          if constexpr (std::is_void_v<Value>) {
            self->call(m);
            self->promise.set_value();
          } else {
            self->promise.set_value(self->call(m));
          }
        } catch (...) {
          self->fail();
        }
      }
    }
    template <bench::awaits N>
    static bench::task_of<N, void> run_awaiting(N& m, visit* self) {
      const auto keep = std::move(self->itself);
      try {
        if constexpr (std::is_void_v<Value>) {
          co_await self->call(m);
          self->promise.set_value();
        } else {
          Value value = co_await self->call(m);
          self->promise.set_value(std::move(value));
        }
      } catch (...) {
        self->fail();
      }
    }
  };

  loop_calls calls_;
  typename M::task_group* group_ = nullptr;  // while it is served
};

}  // namespace models::support
