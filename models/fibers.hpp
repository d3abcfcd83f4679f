#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/contract/memory.hpp"
#include "bench/contract/model.hpp"
#include "models/support/base/countdown.hpp"
#include "models/support/base/group.hpp"
#include "models/support/base/job.hpp"
#include "models/support/fibers/fiber_generator.hpp"
#include "models/support/fibers/fiber_scheduler.hpp"
#include "models/support/fibers/hub.hpp"
#include "models/support/io/parking_io.hpp"
#include "models/support/scheduling/offloaded_call.hpp"
#include "models/support/supervision/direct_supervision.hpp"
#include "models/support/supervision/event_loop.hpp"
#include "models/support/supervision/time_limit.hpp"
#include "models/support/sync/sync.hpp"

namespace models {

// Stackful fibers, many to a worker: a task that waits keeps its stack and gives up its worker.
class fibers : public bench::heap, public support::direct_supervision<fibers> {
 public:
  using event_loop = support::event_loop<fibers>;
  using sync = support::parking_sync;
  using io = support::parking_io;
  using time_limit = support::parking_time_limit;
  template <class T>
  using generator = support::fiber_generator<T>;

  // Used by the fiber that made it.
  class task_group : public support::spawner<task_group, fibers> {
   public:
    explicit task_group(fibers& m) : m_{m} {}
    task_group(const task_group&) = delete;
    ~task_group() { wait_for_all(); }

    template <class Call>
    void start(const Call& call) {
      auto* const item = support::job_of<fibers, Call, task_group>::create(m_, call, *this);
      ++spawned_;
      joiner_.home.home().push(item);
    }
    void join() {
      wait_for_all();
      failure_.rethrow();
    }

   private:
    template <class, class, class>
    friend class support::job_of;

    void capture_failure() noexcept { failure_.capture(); }
    void finish_one() noexcept {
      auto& joiner = joiner_;  // the group may be gone once it is counted down
      if (left_.finish(joiner.home.home().alone())) support::hub::wake_next(joiner);
    }

    void wait_for_all() noexcept {
      if (spawned_ == 0) return;
      auto& home = joiner_.home;
      if (!left_.join(spawned_, home.home().alone())) home.park();
      spawned_ = 0;
      left_.reset();
    }

    fibers& m_;
    support::fiber& joiner_ = support::hub::current()->running();
    std::int64_t spawned_ = 0;
    support::countdown left_;
    support::failure failure_;
  };

  static constexpr std::string_view name = "fibers";
  static constexpr std::string_view about =
      "stackful fibers on Boost.Context and the shared scheduler";
  static constexpr bench::abilities can{.nests = true,
                                        .waits = true,
                                        .locks = true,
                                        .does_io = true,
                                        .supervises = true,
                                        .cancels = true,
                                        .generates = true,
                                        .offloads = true};
  static std::optional<std::string> cannot(const bench::demand& d, const bench::settings& s) {
    if (auto missing = support::engine_missing(s)) return missing;
    return support::stack_slabs::cannot(d.parked, s.stack_bytes);
  }

  explicit fibers(const bench::settings& s) : scheduler_{s} {}

  // Runs `body(m, args...)` in a fiber; the calling thread is a worker meanwhile.
  template <bench::task_body Body, class... Args>
  auto run(Body body, Args&... args) {
    return scheduler_.run_to_end([&] { return body(*this, args...); });
  }

  task_group group() { return task_group{*this}; }

  // Parks the running fiber until the operation is done.
  template <bench::operation Op>
  static auto wait(Op op) {
    return support::park_fiber(op);
  }

  // A wait for a blocking call `f(args...)`; see bench::offload.
  template <bench::task_body F, bench::message... Args>
  static auto offload(F, Args... args) {
    return wait(support::offloaded_call<F, Args...>{args...});
  }

  // The same in a scope; false: withdrawn.
  template <bench::operation Op>
  static bool wait_in(support::cancel_scope& scope, Op& op) {
    return support::park_fiber_in(scope, op);
  }
  // Where the running task's innermost scope is noted.
  static support::scope_link& scope_place() { return support::hub::current()->running().scope; }

  // Lets everything that is ready now have its turn first.
  static void yield() { support::hub::current()->yield(); }

 private:
  support::fiber_scheduler scheduler_;
};

}  // namespace models
