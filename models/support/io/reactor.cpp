#include "models/support/io/reactor.hpp"

#include <unistd.h>

#include "models/support/base/frame_pool.hpp"
#include "models/support/base/timing.hpp"
#include "models/support/scheduling/scheduler.hpp"

namespace models::support {

reactor::reactor(worker& w, const bench::settings& s)
    : worker_{w}, engine_{make_engine(*this, s)} {}

reactor::~reactor() = default;

void reactor::start(wait_timer& t, std::int64_t ns) {
  const auto deadline = monotonic_ns() + ns;
  const lock_guard guard{lock_};
  timers_.start(t, deadline);
  note_timers();
}

bool reactor::cancel(wait_timer& t) noexcept {
  const lock_guard guard{lock_};
  if (!t.pending()) return false;
  timers_.cancel(t);
  note_timers();
  return true;
}

// A request is its worker's own: it gets a deadline that is over already.
void reactor::cancel(parked_request& p) {
  {
    const lock_guard guard{p.home->lock_};
    if (p.finished) return;
    p.withdrawn = true;
    p.home->void_deadline(p);
    p.home->set_deadline(p, 0);
  }
  p.home->worker_.wake();
}

bool reactor::set_deadline(parked_request& p, std::int64_t timeout_ns) {
  const auto deadline = monotonic_ns() + timeout_ns;
  const bool earliest = timers_.empty() || deadline < timers_.earliest();
  p.deadline.what = wait_timer::kind::ends;
  p.deadline.request = &p;
  timers_.start(p.deadline, deadline);
  note_timers();
  return earliest;
}

void reactor::void_deadline(parked_request& p) noexcept {
  if (!p.deadline.pending()) return;
  timers_.cancel(p.deadline);
  note_timers();
}

void reactor::free(descriptor& d) noexcept {
  d.~descriptor();
  free_frame(&d, sizeof d);
}

void reactor::close(descriptor* d) noexcept {
  if (auto* const home = d->home.load(std::memory_order_acquire)) return home->close(*d);
  ::close(d->fd);
  free(*d);
}

void reactor::wait() {
  auto deadline = engine::never;
  {
    // Whoever starts an earlier one after this look finds the worker asleep, and wakes it.
    const lock_guard guard{lock_};
    if (!timers_.empty()) deadline = timers_.earliest();
  }
  engine_->wait(deadline);
}

bool reactor::dispatch() {
  engine_->dispatch();
  expire_timers();
  const bool any = woken_count_ != 0;
  // A worker takes its newest task first: the last of them here is the first that came.
  while (woken_count_ > 0) {
    auto* const who = woken_[--woken_count_];
    who->wake(*who);
  }
  return any;
}

void reactor::expire_timers() {
  const lock_guard guard{lock_};
  if (timers_.empty()) return;
  const auto now = monotonic_ns();
  for (int i = 0; i < batch && !timers_.empty() && timers_.earliest() <= now; ++i) {
    auto& t = static_cast<wait_timer&>(timers_.pop());
    if (t.what == wait_timer::kind::wakes) {
      wake_after_turn(*t.task);
    } else {
      engine_->expire(*t.request);
    }
  }
  note_timers();
}

}  // namespace models::support
