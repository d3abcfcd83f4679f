#include "models/support/io/uv_engine.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "models/support/base/timing.hpp"
#include "models/support/io/reactor.hpp"
#include "models/support/scheduling/scheduler.hpp"

namespace models::support {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

void check(int result, const char* what) {
  if (result < 0) throw std::system_error{-result, std::generic_category(), what};
}

}  // namespace

// What libuv needs of a descriptor; it goes when libuv lets go of the handle.
struct uv_watch {
  uv_poll_t handle{};
  descriptor* on = nullptr;
  int interest = 0;

  static uv_watch& of(uv_poll_t* handle) { return *static_cast<uv_watch*>(handle->data); }
  void close() noexcept {
    ::uv_close(reinterpret_cast<uv_handle_t*>(&handle),
               [](uv_handle_t* h) { delete static_cast<uv_watch*>(h->data); });
  }
};

std::optional<std::string> uv_engine::missing() {
  static const int error = [] {
    uv_loop_t loop;
    const int result = ::uv_loop_init(&loop);
    if (result == 0) ::uv_loop_close(&loop);
    return result;
  }();
  if (error == 0) return std::nullopt;
  return fmt::format("engine libuv: uv_loop_init: {}", ::uv_strerror(error));
}

uv_engine::uv_engine(reactor& r) : readiness{r, true}, nothing_{::eventfd(0, EFD_CLOEXEC)} {
  check(::uv_loop_init(&loop_), "uv_loop_init");
  loop_.data = this;
  ::uv_timer_init(&loop_, &timer_);
  check(::uv_async_init(&loop_, &wake_up_, [](uv_async_t*) {}), "uv_async_init");
}

uv_engine::~uv_engine() {
  take_messages();
  ::uv_walk(
      &loop_,
      [](uv_handle_t* h, void*) {
        if (::uv_is_closing(h) != 0) return;
        if (h->type == UV_POLL) {
          uv_watch::of(reinterpret_cast<uv_poll_t*>(h)).close();
        } else {
          ::uv_close(h, nullptr);
        }
      },
      nullptr);
  ::uv_run(&loop_, UV_RUN_DEFAULT);
  ::uv_loop_close(&loop_);
  ::close(nothing_);
}

bool uv_engine::on_its_own_worker() const noexcept {
  return worker::current() == &reactor_.owner();
}

void uv_engine::rouse() noexcept { ::uv_async_send(&wake_up_); }

void uv_engine::adopt(descriptor& d) {
  auto* const watch = new uv_watch;
  if (const int error = ::uv_poll_init(&loop_, &watch->handle, d.fd); error < 0) {
    delete watch;
    check(error, "uv_poll_init");
  }
  watch->handle.data = watch;
  watch->on = &d;
  d.watch = watch;
  set_interest(d);
}

// Reading is wanted unless the last event found nobody who reads; writing, while somebody waits.
void uv_engine::set_interest(descriptor& d) noexcept {
  const int wanted = (d.in.load(std::memory_order_acquire) == &unclaimed_event ? 0 : UV_READABLE) |
                     (waited_for(d.out) ? UV_WRITABLE : 0);
  if (d.watch->interest == wanted) return;
  d.watch->interest = wanted;
  if (wanted == 0) {
    ::uv_poll_stop(&d.watch->handle);
  } else {
    ::uv_poll_start(&d.watch->handle, wanted, &on_event);
  }
}

void uv_engine::arm(descriptor& d, bool news) noexcept {
  if (on_its_own_worker()) return set_interest(d);
  if (!news && !waited_for(d.out)) return;  // reading is wanted as it is
  to_arm_.push_back(&d);
  reactor_.owner().wake();
}

void uv_engine::close(descriptor& d) noexcept {
  if (on_its_own_worker()) {
    {
      const lock_guard guard{reactor_.lock_of_timers()};
      std::erase(to_arm_, &d);
    }
    return let_go(d);
  }
  // What it stands for is closed now; its number is kept from others until libuv has let it go.
  ::dup3(nothing_, d.fd, O_CLOEXEC);
  {
    const lock_guard guard{reactor_.lock_of_timers()};
    to_close_.push_back(&d);
  }
  reactor_.owner().wake();
}

void uv_engine::let_go(descriptor& d) noexcept {
  for (auto& e : events_)
    if (e.on == &d) e.on = nullptr;
  d.watch->close();
  ::close(d.fd);
  reactor::free(d);
  --in_use_;
}

void uv_engine::take_messages() noexcept {
  std::vector<descriptor*> to_arm, to_close;
  {
    const lock_guard guard{reactor_.lock_of_timers()};
    to_arm.swap(to_arm_);
    to_close.swap(to_close_);
  }
  for (auto* d : to_arm) set_interest(*d);
  for (auto* d : to_close) let_go(*d);
}

// Only noted: the loop's own callbacks are as many as it found, and a turn's must not be.
void uv_engine::on_event(uv_poll_t* handle, int status, int what) {
  auto& watch = uv_watch::of(handle);
  if (status < 0) {
    watch.interest = 0;  // libuv has stopped it; the next system call says why
    what = UV_READABLE | UV_WRITABLE;
  }
  static_cast<uv_engine*>(handle->loop->data)->events_.push_back({watch.on, what});
}

// libuv counts whole milliseconds: who waits for less wakes later. Never earlier, as the reactor
// looks at the clock itself.
void uv_engine::wait(std::int64_t deadline) {
  if (handled_ < events_.size()) return;
  events_.clear();
  handled_ = 0;
  take_messages();
  auto mode = deadline == now ? UV_RUN_NOWAIT : UV_RUN_ONCE;
  if (mode == UV_RUN_ONCE && deadline != never) {
    const auto left = deadline - monotonic_ns();
    if (left <= 0) {
      mode = UV_RUN_NOWAIT;
    } else {
      ::uv_update_time(&loop_);
      ::uv_timer_start(
          &timer_, [](uv_timer_t*) {}, static_cast<std::uint64_t>((left - 1) / ns_per_ms + 1), 0);
    }
  } else {
    ::uv_timer_stop(&timer_);
  }
  ::uv_run(&loop_, mode);
}

void uv_engine::dispatch() {
  for (int n = 0; n < reactor::batch && handled_ < events_.size(); ++n) {
    const auto e = events_[handled_++];
    if (e.on == nullptr) continue;
    if ((e.what & UV_READABLE) != 0) claim(e.on->in);
    if ((e.what & UV_WRITABLE) != 0) claim(e.on->out);
    set_interest(*e.on);
  }
}

}  // namespace models::support
