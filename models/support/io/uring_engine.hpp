#pragma once

#include <liburing.h>

#include <cstdint>
#include <optional>
#include <string>

#include "models/support/io/engine.hpp"

namespace models::support {

// One io_uring: what cannot be done at once is handed to the kernel, which carries it out and says
// that it is done. A request belongs to the ring of the worker on which its task waited, so rings
// share nothing and a descriptor has no home. Whatever the tasks of a turn ask for is handed over
// by the system call that waits for the next.
class uring_engine final : public engine {
 public:
  explicit uring_engine(reactor& r);
  ~uring_engine() override;

  // Why the kernel gives us no ring, or nothing.
  static std::optional<std::string> missing();

  bool park(parked_request& p, std::int64_t timeout_ns) override;
  void expire(parked_request& p) override;
  void close(descriptor&) noexcept override {}  // no descriptor has its home here
  void wait(std::int64_t deadline) override;
  void dispatch() override;
  void rouse() noexcept override;

 private:
  io_uring_sqe* next_entry();
  void prepare(parked_request& p);
  void prepare_poll(parked_request& p);
  void watch_wake_up();
  void complete(parked_request& p, std::int32_t result);
  void belong_to_this_thread();

  io_uring ring_;
  std::uint64_t thread_ = 0;
  int wake_up_ = -1;
};

}  // namespace models::support
