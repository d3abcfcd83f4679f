#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>

#include "models/support/io/reactor.hpp"
#include "models/support/io/readiness.hpp"

namespace models::support {

// One epoll instance. By edge a descriptor is registered once, for everything; by level one event
// is asked for each time that a task waits.
class epoll_engine final : public readiness {
 public:
  epoll_engine(reactor& r, bool edge);
  ~epoll_engine() override;

  void close(descriptor& d) noexcept override;
  void wait(std::int64_t deadline) override;
  void dispatch() override;
  void rouse() noexcept override;

 private:
  void adopt(descriptor& d) override;
  void arm(descriptor& d, bool news) noexcept override;
  void handle(descriptor& d, std::uint32_t events);
  int wait_until(std::int64_t deadline);
  void free_retired() noexcept;

  bool has_pwait2_ = true;
  int epoll_ = -1, wake_up_ = -1, clock_ = -1;
  int events_ = 0;
  std::int64_t clock_set_to_ = 0;
  std::array<epoll_event, reactor::batch> event_;
  std::atomic<descriptor*> retired_ = nullptr;  // closed
};

}  // namespace models::support
