#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "bench/settings.hpp"
#include "bench/task.hpp"
#include "models/support/io_request.hpp"
#include "models/support/lock.hpp"
#include "models/support/timer_heap.hpp"

namespace models::support {

class reactor;
class worker;

struct descriptor;
struct parked_request;

// A timer that wakes a task, or that ends a request in flight whose time ran out.
struct wait_timer : timer {
  enum class kind : std::uint8_t { unused, wakes, ends } what = kind::unused;
  union {
    bench::waiter* task = nullptr;  // of `wakes`
    parked_request* request;        // of `ends`
  };
};

// A request that a task is parked for, in the task's own memory.
struct parked_request {
  io_request request;
  bench::waiter* who = nullptr;
  descriptor* on = nullptr;
  wait_timer deadline{};
};

// Stands for an event that came while nobody was parked.
inline constinit parked_request unclaimed_event{};

// A non-blocking descriptor that tasks wait on, one reader and one writer at a time. It is
// registered where a task first waits on it and stays there until it is closed.
struct descriptor {
  // One direction: quiet (nullptr), or a parked request, or `unclaimed_event`. Whoever parks makes
  // it so; all else is done by the worker of its reactor.
  using side = std::atomic<parked_request*>;

  explicit descriptor(int number) : fd{number} {}
  side& side_of(const io_request& r) noexcept { return r.moves_out() ? out : in; }

  const int fd;
  bool drained = false;  // the last receive came short: there is nothing before the next event
  std::atomic<bool> hung_up = false;  // its end may be read at any time without another event
  std::atomic<reactor*> home = nullptr;
  side in = nullptr, out = nullptr;
  descriptor* next = nullptr;  // once it is retired
};

// Why the engine of these settings cannot be had here, or nothing.
std::optional<std::string> engine_missing(const bench::settings& s);

// One worker's descriptors and timers over one epoll instance. A reactor per worker, not one for
// all: an event finds its task's data in its worker's cache, the common case takes no lock that
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

  // Any thread. Leaves `p`, which has just been attempted in vain, to be carried out when its
  // descriptor is ready; `p.who` is woken then, or when `timeout_ns` have passed. False: finished
  // meanwhile. `here` is the caller's reactor, where the descriptor is registered if it has no home
  // yet.
  static bool park(parked_request& p, std::int64_t timeout_ns, reactor& here);

  // Any thread: closes the descriptor, which no task waits on.
  static void close(descriptor* d) noexcept;

  // Owner only: handles what is ready. True if a task was woken.
  bool poll() {
    wait(false);
    return dispatch();
  }

  // Owner only, in two steps, so that its worker is known to be awake before it is given work:
  // waits for an event, a timer or `rouse`; then wakes those who waited.
  void wait() { wait(true); }
  bool dispatch();

  // Whether a turn could bring anything.
  bool in_use() const noexcept { return descriptors_ > 0 || !timers_.empty(); }

  // Any thread: ends the wait.
  void rouse() noexcept;

 private:
  void wait(bool sleeps);
  int wait_until(std::int64_t deadline, bool sleeps);
  void adopt(descriptor& d);
  void arm_if_waited_for(descriptor& d) noexcept;
  void handle(descriptor& d, std::uint32_t events);
  void claim(descriptor::side& s);
  void expire_timers();
  void end(wait_timer& t);
  void free_retired() noexcept;

  worker& worker_;
  const bool edge_;
  bool has_pwait2_ = true;
  int epoll_ = -1, wake_up_ = -1, clock_ = -1;
  int events_ = 0;
  std::int64_t clock_set_to_ = 0;
  long descriptors_ = 0;  // registered by this worker and not yet freed
  std::array<epoll_event, batch> event_;
  std::size_t woken_count_ = 0;
  std::array<bench::waiter*, std::size_t{3} * batch> woken_;
  lock lock_;  // of the timers, and of what is retired
  timer_heap timers_;
  std::atomic<descriptor*> retired_ = nullptr;
};

}  // namespace models::support
