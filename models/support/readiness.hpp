#pragma once

#include <atomic>
#include <cstdint>

#include "models/support/engine.hpp"

namespace models::support {

// What engines share that are told by the kernel what is ready: the system call itself is made
// here, in the worker that was told, before the task is woken.
class readiness : public engine {
 public:
  // `arms`: an event comes only after it has been asked for.
  readiness(reactor& r, bool arms) : engine{r, false}, arms_{arms} {}
  ~readiness() override { free_retired(); }

  bool park(parked_request& p, std::int64_t timeout_ns) override;
  void expire(parked_request& p) override;
  void close(descriptor& d) noexcept override;

 protected:
  // Registers a descriptor whose home this has just become.
  virtual void adopt(descriptor& d) = 0;

  // Any thread, with the lock of the timers held: asks for an event for those who wait on `d`.
  virtual void arm(descriptor&) noexcept {}

  // Carries out what is parked at one side of a descriptor, which is ready.
  void claim(descriptor::side& s);

  static bool waited_for(const descriptor::side& s) noexcept {
    const auto* p = s.load(std::memory_order_acquire);
    return p != nullptr && p != &unclaimed_event;
  }

  // Frees what was closed before the events were fetched that may still name it.
  void free_retired() noexcept;

  const bool arms_;

 private:
  std::atomic<descriptor*> retired_ = nullptr;
};

}  // namespace models::support
