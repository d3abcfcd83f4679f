#include "models/support/io/readiness.hpp"

#include <cerrno>

#include "models/support/io/reactor.hpp"
#include "models/support/scheduling/scheduler.hpp"

namespace models::support {

bool readiness::park(parked_request& p, std::int64_t timeout_ns) {
  auto& d = *p.on;
  engine* nobody = nullptr;
  if (d.home.load(std::memory_order_acquire) == nullptr &&
      d.home.compare_exchange_strong(nobody, this, std::memory_order_acq_rel)) {
    ++in_use_;
    adopt(d);
  }
  auto& home = static_cast<readiness&>(*d.home.load(std::memory_order_acquire));
  p.home = &home.reactor_;
  auto& side = d.side_of(p.request);
  // With a deadline all is done under the lock, so that the timer never sees a request half parked.
  const bool timed = timeout_ns >= 0, locked = timed || home.arms_;
  auto& lock = home.reactor_.lock_of_timers();
  bool rouses = false, parked = true, news = false;
  if (locked) lock.acquire();
  if (timed) rouses = home.reactor_.set_deadline(p, timeout_ns);
  for (;;) {
    parked_request* quiet = nullptr;
    // Release: the request is the engine's from here on.
    if (side.compare_exchange_strong(quiet, &p, std::memory_order_acq_rel)) break;
    // An event came before us: it may be news, or what we have seen already.
    side.store(nullptr, std::memory_order_release);
    news = true;
    if (attempt(p.request)) {
      // Nobody has asked for the next event: whoever parks then must know.
      if (home.arms_) side.store(&unclaimed_event, std::memory_order_release);
      if (timed) home.reactor_.void_deadline(p);
      rouses = parked = false;
      break;
    }
  }
  if (parked && home.arms_) home.arm(d, news);
  if (locked) lock.release();
  // Its worker sleeps until what was the earliest deadline.
  if (rouses && &home != this) home.reactor_.owner().wake();
  return parked;
}

void readiness::claim(descriptor::side& s) {
  auto* p = s.load(std::memory_order_acquire);
  if (p == nullptr && s.compare_exchange_strong(p, &unclaimed_event, std::memory_order_acq_rel))
    return;
  if (p == &unclaimed_event) return;
  if (!attempt(p->request)) return;  // not yet, or not all of it
  reactor_.finish(*p, [&] { s.store(nullptr, std::memory_order_release); });
}

void readiness::expire(parked_request& p) {
  p.on->side_of(p.request).store(nullptr, std::memory_order_release);
  p.request.result.error = ETIMEDOUT;
  p.finished = true;
  reactor_.wake_after_turn(*p.who);
}

}  // namespace models::support
