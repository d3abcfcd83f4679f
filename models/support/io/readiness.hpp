#pragma once

#include <atomic>
#include <cstdint>

#include "models/support/io/engine.hpp"

namespace models::support {

// What engines share that are told by the kernel what is ready: the system call itself is made
// here, in the worker that was told, before the task is woken.
class readiness : public engine {
 public:
  // `arms`: an event comes only after it has been asked for.
  readiness(reactor& r, bool arms) : engine{r, false}, arms_{arms} {}

  bool park(parked_request& p, std::int64_t timeout_ns) override;
  void expire(parked_request& p) override;

 protected:
  // Registers a descriptor whose home this has just become.
  virtual void adopt(descriptor& d) = 0;

  // Any thread, with the lock of the timers held: asks for an event for those who wait on `d`.
  // `news`: since the last time an event came that nobody waited for.
  virtual void arm(descriptor& d, bool news) noexcept = 0;

  // Carries out what is parked at one side of a descriptor, which is ready.
  void claim(descriptor::side& s);

  static bool waited_for(const descriptor::side& s) noexcept {
    const auto* p = s.load(std::memory_order_acquire);
    return p != nullptr && p != &unclaimed_event;
  }

  const bool arms_;
};

}  // namespace models::support
