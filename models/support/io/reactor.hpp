#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "bench/contract/settings.hpp"
#include "bench/contract/task.hpp"
#include "models/support/base/lock.hpp"
#include "models/support/base/timer_heap.hpp"
#include "models/support/io/engine.hpp"
#include "models/support/io/parked_request.hpp"

namespace models::support {

class worker;

// One worker's timers, and its descriptors in the hands of an engine. A reactor per worker, not one
// for all: an event finds its task's data in its worker's cache, the common case takes no lock that
// another worker wants, and idle workers are not all roused by one event; what is unbalanced is
// evened out by stealing the tasks that it made runnable. The price is that a task that never lets
// its worker go holds up that worker's events, as in any event loop.
class reactor {
 public:
  // A turn handles at most this many events and as many timers. A busy worker takes a turn every
  // `worker::io_interval` of its own, which is more than the two together: neither side can starve
  // the other, and a batch has been served before the next one comes.
  static constexpr int batch = 64;

  reactor(worker& w, const bench::settings& s);
  reactor(const reactor&) = delete;
  ~reactor();

  // Owner only: wakes `t.task` after `ns`.
  void start(wait_timer& t, std::int64_t ns);

  // The caller's reactor: leaves `p`, which has just been attempted in vain, to be carried out as
  // soon as that is possible; `p.who` is woken then, or when `timeout_ns` have passed. False:
  // finished meanwhile.
  bool park(parked_request& p, std::int64_t timeout_ns) {
    p.home = this;
    return engine_->park(p, timeout_ns);
  }

  // Any thread: takes a timer back. False: it is due, and its task is woken or has been.
  bool cancel(wait_timer& t) noexcept;

  // Any thread, while `p.who` is kept from going on: lets a parked request that is `cancellable`
  // end when its worker gets to it, as `withdrawn`, unless it is done by then.
  static void cancel(parked_request& p);

  // Whether requests for regular files may be parked.
  bool takes_files() const noexcept { return engine_->takes_files; }

  // Any thread: closes the descriptor, which no task waits on.
  static void close(descriptor* d) noexcept;

  // Owner only: handles what is ready. True if a task was woken.
  bool poll() {
    engine_->wait(engine::now);
    return dispatch();
  }

  // Owner only, in two steps, so that its worker is known to be awake before it is given work:
  // waits for an event, a timer or `rouse`; then wakes those who waited.
  void wait();
  bool dispatch();

  // Whether a turn could bring anything.
  bool in_use() const noexcept {
    return engine_->in_use() || timed_.load(std::memory_order_relaxed);
  }

  // Any thread: ends the wait.
  void rouse() noexcept { engine_->rouse(); }

  // The rest is for engines.
  worker& owner() const noexcept { return worker_; }
  lock& lock_of_timers() noexcept { return lock_; }
  // With the lock held: `p` is to end after `timeout_ns`. True if no timer is earlier.
  bool set_deadline(parked_request& p, std::int64_t timeout_ns);
  void void_deadline(parked_request& p) noexcept;
  // In `dispatch`: the request is finished. `release` lets its place go, after its deadline and
  // before its task.
  template <class Release>
  void finish(parked_request& p, Release release) {
    // Of what is cancellable, the deadline is read under the lock only: `cancel` may set it.
    if (p.cancellable || p.deadline.what == wait_timer::kind::ends) {
      // Let go under the lock, so that `cancel` never sets the deadline of what is finished.
      const lock_guard guard{lock_};
      void_deadline(p);
      p.finished = true;
      p.withdrawn = p.withdrawn && p.request.result.error == ETIMEDOUT;
      release();
    } else {
      release();
    }
    wake_after_turn(*p.who);
  }
  void wake_after_turn(bench::waiter& who) noexcept { woken_[woken_count_++] = &who; }
  static void free(descriptor& d) noexcept;

 private:
  void expire_timers();
  // With the lock held, after each change.
  void note_timers() noexcept { timed_.store(!timers_.empty(), std::memory_order_relaxed); }

  worker& worker_;
  std::size_t woken_count_ = 0;
  // Both sides of each descriptor, and the timers.
  std::array<bench::waiter*, std::size_t{3} * batch> woken_;
  lock lock_;  // of the timers
  timer_heap timers_;
  std::atomic<bool> timed_ = false;  // whether there are any, for a look without the lock
  std::unique_ptr<engine> engine_;
};

}  // namespace models::support
