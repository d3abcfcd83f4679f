#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "bench/contract/settings.hpp"
#include "models/support/io/parked_request.hpp"

namespace models::support {

class reactor;

// How the tasks of one worker wait for the kernel. Only its worker calls it, but for what says "any
// thread". What is done without waiting never comes here, so that nothing here is on its path.
class engine {
 public:
  // Deadlines of a wait, beside those of the monotonic clock.
  static constexpr std::int64_t now = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  engine(reactor& r, bool takes_files) : takes_files{takes_files}, reactor_{r} {}
  engine(const engine&) = delete;
  virtual ~engine() = default;

  // Carries `p` out, which has been attempted in vain, as soon as that is possible, and wakes
  // `p.who` then or when `timeout_ns` have passed. False: finished meanwhile.
  virtual bool park(parked_request& p, std::int64_t timeout_ns) = 0;

  // The time of `p` has run out. Called with the lock of the timers held.
  virtual void expire(parked_request& p) = 0;

  // Any thread: closes a descriptor whose home this is, and which no task waits on.
  virtual void close(descriptor& d) noexcept = 0;

  // A turn has two steps: fetches what has happened, for which it sleeps until `deadline`; then
  // gives the reactor the requests that are finished by it.
  virtual void wait(std::int64_t deadline) = 0;
  virtual void dispatch() = 0;

  // Any thread: ends the sleep.
  virtual void rouse() noexcept = 0;

  // Whether a turn could bring anything.
  bool in_use() const noexcept { return in_use_ > 0; }

  // Requests for regular files may be parked. Otherwise they are for a pool of threads.
  const bool takes_files;

 protected:
  reactor& reactor_;
  long in_use_ = 0;  // what may bring something
};

// Why the engine of these settings cannot be had here, or nothing.
std::optional<std::string> engine_missing(const bench::settings& s);

// The engine of these settings. Throws where there is none, with the reason.
std::unique_ptr<engine> make_engine(reactor& r, const bench::settings& s);

}  // namespace models::support
