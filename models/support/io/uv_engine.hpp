#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/support/io/readiness.hpp"

namespace models::support {

// One libuv loop as the source of readiness: a uv_poll_t for each descriptor, a uv_timer_t for the
// next deadline, a uv_async_t for `rouse`. It reports by level, and its reading interest stays on
// as a uv_stream_t's does, so that a task which reads again asks for nothing.
class uv_engine final : public readiness {
 public:
  explicit uv_engine(reactor& r);
  ~uv_engine() override;

  // Why there can be no loop, or nothing. The first call makes what libuv then keeps for the whole
  // process, so that no model seems to leave it behind.
  static std::optional<std::string> missing();

  void close(descriptor& d) noexcept override;
  void wait(std::int64_t deadline) override;
  void dispatch() override;
  void rouse() noexcept override;

 private:
  struct event {
    descriptor* on;
    int what;  // UV_READABLE, UV_WRITABLE
  };

  bool on_its_own_worker() const noexcept;
  void adopt(descriptor& d) override;
  void arm(descriptor& d, bool news) noexcept override;
  void set_interest(descriptor& d) noexcept;
  void let_go(descriptor& d) noexcept;
  void take_messages() noexcept;
  static void on_event(uv_poll_t* handle, int status, int what);

  uv_loop_t loop_{};
  uv_async_t wake_up_{};
  uv_timer_t timer_{};
  const int nothing_;  // a descriptor that never has an event
  std::vector<event> events_;
  std::size_t handled_ = 0;  // of `events_`
  // Messages of other workers, to whom libuv allows nothing but `uv_async_send`; with the lock of
  // the timers.
  std::vector<descriptor*> to_arm_, to_close_;
};

}  // namespace models::support
