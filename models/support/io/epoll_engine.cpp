#include "models/support/io/epoll_engine.hpp"

#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "models/support/base/timing.hpp"

namespace models::support {
namespace {

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

epoll_engine::epoll_engine(reactor& r, bool edge) : readiness{r, !edge} {
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
  const timespec none{};
  has_pwait2_ = epoll_pwait2(epoll_, event_.data(), 1, &none) >= 0 || errno != ENOSYS;
}

epoll_engine::~epoll_engine() {
  free_retired();
  for (const int fd : {clock_, wake_up_, epoll_}) ::close(fd);
}

void epoll_engine::rouse() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_up_, &one, sizeof one);
}

void epoll_engine::adopt(descriptor& d) {
  epoll_event event{.events = arms_ ? EPOLLONESHOT : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                    .data = {.ptr = &d}};
  checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, d.fd, &event), "epoll_ctl");
}

// The lock is held, since the two sides of a descriptor may be parked by two workers.
void epoll_engine::arm(descriptor& d, bool) noexcept {
  const auto events =
      (waited_for(d.in) ? EPOLLIN | EPOLLRDHUP : 0U) | (waited_for(d.out) ? EPOLLOUT : 0U);
  if (events == 0) return;
  epoll_event event{.events = events | EPOLLONESHOT, .data = {.ptr = &d}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, d.fd, &event);
}

// Events that the worker has already fetched may still name it.
void epoll_engine::close(descriptor& d) noexcept {
  ::close(d.fd);
  d.next = retired_.load(std::memory_order_relaxed);
  while (!retired_.compare_exchange_weak(d.next, &d, std::memory_order_release,
                                         std::memory_order_relaxed)) {
  }
}

void epoll_engine::free_retired() noexcept {
  if (retired_.load(std::memory_order_relaxed) == nullptr) return;
  auto* d = retired_.exchange(nullptr, std::memory_order_acquire);
  while (d != nullptr) {
    reactor::free(*std::exchange(d, d->next));
    --in_use_;
  }
}

int epoll_engine::wait_until(std::int64_t deadline) {
  if (deadline == now) return ::epoll_wait(epoll_, event_.data(), reactor::batch, 0);
  if (deadline == never) return ::epoll_wait(epoll_, event_.data(), reactor::batch, -1);
  const auto left = deadline - monotonic_ns();
  if (left <= 0) return ::epoll_wait(epoll_, event_.data(), reactor::batch, 0);
  if (has_pwait2_ && left <= longest_epoll_timeout) {
    const auto timeout = to_timespec(left);
    return epoll_pwait2(epoll_, event_.data(), reactor::batch, &timeout);
  }
  if (clock_set_to_ != deadline) {
    const itimerspec at{.it_interval = {}, .it_value = to_timespec(deadline)};
    ::timerfd_settime(clock_, TFD_TIMER_ABSTIME, &at, nullptr);
    clock_set_to_ = deadline;
  }
  return ::epoll_wait(epoll_, event_.data(), reactor::batch, -1);
}

void epoll_engine::wait(std::int64_t deadline) {
  free_retired();
  events_ = wait_until(deadline);
}

void epoll_engine::dispatch() {
  for (int i = 0; i < events_; ++i)
    if (auto* d = static_cast<descriptor*>(event_[i].data.ptr)) handle(*d, event_[i].events);
  events_ = 0;
}

void epoll_engine::handle(descriptor& d, std::uint32_t events) {
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
    d.hung_up.store(true, std::memory_order_release);
  if ((events & ~EPOLLOUT) != 0) claim(d.in);
  if ((events & ~(EPOLLIN | EPOLLRDHUP)) != 0) claim(d.out);
  if (arms_) {
    const lock_guard guard{reactor_.lock_of_timers()};
    arm(d, false);
  }
}

}  // namespace models::support
