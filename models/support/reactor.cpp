#include "models/support/reactor.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "models/support/frame_pool.hpp"
#include "models/support/scheduler.hpp"
#include "models/support/timing.hpp"

namespace models::support {
namespace {

constexpr std::int64_t forever = std::numeric_limits<std::int64_t>::max();

// epoll's own time-outs come up to a thousandth late (the kernel's select_estimate_accuracy), on
// top of the thread's timer slack; a timerfd does not. Up to here a thousandth is a microsecond,
// and the system call that sets a timerfd is saved.
constexpr std::int64_t longest_epoll_timeout = 1'000'000;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), what};
  return result;
}

int epoll_pwait2(int epoll, epoll_event* events, int most, const timespec* timeout) {
  return static_cast<int>(
      ::syscall(SYS_epoll_pwait2, epoll, events, most, timeout, nullptr, std::size_t{0}));
}

}  // namespace

std::optional<std::string> engine_missing(const bench::settings& s) {
  if (s.engine == "epoll") return std::nullopt;
  return fmt::format("engine {} is not in this build", s.engine);
}

reactor::reactor(worker& w, const bench::settings& s) : worker_{w}, edge_{s.trigger == "edge"} {
  if (const auto reason = engine_missing(s)) throw std::runtime_error{*reason};
  try {
    epoll_ = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    wake_up_ = checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
    clock_ =
        checked(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create");
    // By edge, so that neither has to be read: each write and each expiry is an event of its own.
    for (const int fd : {wake_up_, clock_}) {
      epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
      checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    }
  } catch (...) {
    for (const int fd : {epoll_, wake_up_, clock_})
      if (fd >= 0) ::close(fd);
    throw;
  }
  const timespec now{};
  has_pwait2_ = epoll_pwait2(epoll_, event_.data(), 1, &now) >= 0 || errno != ENOSYS;
}

reactor::~reactor() {
  free_retired();
  for (const int fd : {clock_, wake_up_, epoll_}) ::close(fd);
}

void reactor::rouse() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_up_, &one, sizeof one);
}

void reactor::start(wait_timer& t, std::int64_t ns) {
  const auto deadline = monotonic_ns() + ns;
  const lock_guard guard{lock_};
  timers_.start(t, deadline);
}

void reactor::adopt(descriptor& d) {
  reactor* nobody = nullptr;
  if (!d.home.compare_exchange_strong(nobody, this, std::memory_order_acq_rel)) return;
  ++descriptors_;
  epoll_event event{.events = edge_ ? EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET : EPOLLONESHOT,
                    .data = {.ptr = &d}};
  checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, d.fd, &event), "epoll_ctl");
}

// Level-triggered: asks for one event for those who wait now. Called with the lock held, since the
// two sides of a descriptor may be parked by two workers.
void reactor::arm_if_waited_for(descriptor& d) noexcept {
  const auto waited_for = [](const descriptor::side& s) {
    const auto* p = s.load(std::memory_order_acquire);
    return p != nullptr && p != &unclaimed_event;
  };
  const auto events =
      (waited_for(d.in) ? EPOLLIN | EPOLLRDHUP : 0U) | (waited_for(d.out) ? EPOLLOUT : 0U);
  if (events == 0) return;
  epoll_event event{.events = events | EPOLLONESHOT, .data = {.ptr = &d}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, d.fd, &event);
}

bool reactor::park(parked_request& p, std::int64_t timeout_ns, reactor& here) {
  auto& d = *p.on;
  if (d.home.load(std::memory_order_acquire) == nullptr) here.adopt(d);
  auto& home = *d.home.load(std::memory_order_acquire);
  auto& side = d.side_of(p.request);
  // With a deadline all is done under the lock, so that the timer never sees a request half parked.
  const bool timed = timeout_ns >= 0, locked = timed || !home.edge_;
  bool rouses = false, parked = true;
  if (locked) home.lock_.acquire();
  if (timed) {
    const auto deadline = monotonic_ns() + timeout_ns;
    rouses = home.timers_.empty() || deadline < home.timers_.earliest();
    p.deadline.what = wait_timer::kind::ends;
    p.deadline.request = &p;
    home.timers_.start(p.deadline, deadline);
  }
  for (;;) {
    parked_request* quiet = nullptr;
    // Release: the request is the reactor's from here on.
    if (side.compare_exchange_strong(quiet, &p, std::memory_order_acq_rel)) break;
    // An event came before us: it may be news, or what we have seen already.
    side.store(nullptr, std::memory_order_release);
    if (attempt(p.request)) {
      if (timed) home.timers_.cancel(p.deadline);
      rouses = parked = false;
      break;
    }
  }
  if (parked && !home.edge_) home.arm_if_waited_for(d);
  if (locked) home.lock_.release();
  // Its worker sleeps until what was the earliest deadline.
  if (rouses && &home != &here) home.worker_.wake();
  return parked;
}

void reactor::close(descriptor* d) noexcept {
  auto* const home = d->home.load(std::memory_order_acquire);
  ::close(d->fd);
  if (home == nullptr) {
    d->~descriptor();
    free_frame(d, sizeof(descriptor));
    return;
  }
  // Events that the worker has already fetched may still name it.
  d->next = home->retired_.load(std::memory_order_relaxed);
  while (!home->retired_.compare_exchange_weak(d->next, d, std::memory_order_release,
                                               std::memory_order_relaxed)) {
  }
}

void reactor::free_retired() noexcept {
  if (retired_.load(std::memory_order_relaxed) == nullptr) return;
  auto* d = retired_.exchange(nullptr, std::memory_order_acquire);
  while (d != nullptr) {
    auto* const gone = std::exchange(d, d->next);
    gone->~descriptor();
    free_frame(gone, sizeof(descriptor));
    --descriptors_;
  }
}

int reactor::wait_until(std::int64_t deadline, bool sleeps) {
  if (!sleeps) return ::epoll_wait(epoll_, event_.data(), batch, 0);
  if (deadline == forever) return ::epoll_wait(epoll_, event_.data(), batch, -1);
  const auto left = deadline - monotonic_ns();
  if (left <= 0) return ::epoll_wait(epoll_, event_.data(), batch, 0);
  if (has_pwait2_ && left <= longest_epoll_timeout) {
    const auto timeout = to_timespec(left);
    return epoll_pwait2(epoll_, event_.data(), batch, &timeout);
  }
  if (clock_set_to_ != deadline) {
    const itimerspec at{.it_interval = {}, .it_value = to_timespec(deadline)};
    ::timerfd_settime(clock_, TFD_TIMER_ABSTIME, &at, nullptr);
    clock_set_to_ = deadline;
  }
  return ::epoll_wait(epoll_, event_.data(), batch, -1);
}

void reactor::wait(bool sleeps) {
  free_retired();
  std::int64_t deadline = forever;
  if (sleeps) {
    // Whoever starts an earlier one after this look finds the worker asleep, and wakes it.
    const lock_guard guard{lock_};
    if (!timers_.empty()) deadline = timers_.earliest();
  }
  events_ = wait_until(deadline, sleeps);
}

bool reactor::dispatch() {
  for (int i = 0; i < events_; ++i)
    if (auto* d = static_cast<descriptor*>(event_[i].data.ptr)) handle(*d, event_[i].events);
  events_ = 0;
  expire_timers();
  const bool any = woken_count_ != 0;
  // A worker takes its newest task first: the last of them here is the first that came.
  while (woken_count_ > 0) {
    auto* const who = woken_[--woken_count_];
    who->wake(*who);
  }
  return any;
}

void reactor::handle(descriptor& d, std::uint32_t events) {
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
    d.hung_up.store(true, std::memory_order_release);
  if ((events & ~EPOLLOUT) != 0) claim(d.in);
  if ((events & ~(EPOLLIN | EPOLLRDHUP)) != 0) claim(d.out);
  if (!edge_) {
    const lock_guard guard{lock_};
    arm_if_waited_for(d);
  }
}

void reactor::claim(descriptor::side& s) {
  auto* p = s.load(std::memory_order_acquire);
  if (p == nullptr && s.compare_exchange_strong(p, &unclaimed_event, std::memory_order_acq_rel))
    return;
  if (p == &unclaimed_event) return;
  if (!attempt(p->request)) return;  // not yet, or not all of it
  if (p->deadline.what == wait_timer::kind::ends) {
    const lock_guard guard{lock_};
    if (p->deadline.pending()) timers_.cancel(p->deadline);
  }
  s.store(nullptr, std::memory_order_release);
  woken_[woken_count_++] = p->who;
}

void reactor::expire_timers() {
  const lock_guard guard{lock_};
  if (timers_.empty()) return;
  const auto now = monotonic_ns();
  for (int i = 0; i < batch && !timers_.empty() && timers_.earliest() <= now; ++i)
    end(static_cast<wait_timer&>(timers_.pop()));
}

void reactor::end(wait_timer& t) {
  if (t.what == wait_timer::kind::wakes) {
    woken_[woken_count_++] = t.task;
    return;
  }
  auto& p = *t.request;
  p.on->side_of(p.request).store(nullptr, std::memory_order_release);
  p.request.result.error = ETIMEDOUT;
  woken_[woken_count_++] = p.who;
}

}  // namespace models::support
