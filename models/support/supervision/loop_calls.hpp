#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "bench/contract/task.hpp"
#include "models/support/base/lock.hpp"
#include "models/support/base/timer_heap.hpp"

namespace models::support {

// The calls that an event loop has before it: posted ones, in their order, and those whose time has
// not come. Any thread may add; one task, which serves, waits for them and takes them out.
class loop_calls {
 public:
  using function = std::function<void()>;

  loop_calls() = default;
  loop_calls(const loop_calls&) = delete;
  ~loop_calls();

  void post(function f);
  // When the monotonic clock (`monotonic_ns`) is at `at_ns`.
  void call_at(std::int64_t at_ns, function f);
  // The serving task comes to its end when it has made the calls that are due.
  void stop();

  // The serving task: makes the calls that are due, and none that they add; whether it is to stop.
  bool turn();
  // Nanoseconds until the next call is due, 0 for at once, or `never`.
  static constexpr std::int64_t never = -1;
  std::int64_t idle_ns();

  // The serving task waits until there is something new. Nothing is lost by its withdrawal.
  class operation {
   public:
    explicit operation(loop_calls& c) : calls_{&c} {}
    bool ready();
    bool park(bench::waiter& w);
    bool cancel() noexcept;
    static void result() noexcept {}

   private:
    loop_calls* calls_;
  };
  operation news() { return operation{*this}; }

 private:
  struct timed : timer {
    function call;
  };
  void announce(bench::waiter* server);

  lock lock_;
  bool news_ = false, stopping_ = false;
  std::vector<function> posted_;
  timer_heap timers_;
  bench::waiter* server_ = nullptr;
};

}  // namespace models::support
