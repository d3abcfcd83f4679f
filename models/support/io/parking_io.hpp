#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <new>

#include "models/support/base/frame_pool.hpp"
#include "models/support/base/timing.hpp"
#include "models/support/io/endpoint.hpp"
#include "models/support/io/reactor.hpp"
#include "models/support/scheduling/offload.hpp"
#include "models/support/scheduling/scheduler.hpp"

namespace models::support {

// What bench::sleep_for, bench::stream and their kin are made of, for models whose tasks park: the
// reactor of the worker that a task is on, and a pool of threads for files.
struct parking_io {
  using uses_engine = void;  // how it waits is the setting `engine`
  using handle = descriptor*;
  using kind = io_kind;
  using request = io_request;

  static int listen_on(std::uint16_t port, int backlog) {
    return support::listen_on(port, backlog, false);
  }
  static int new_socket() { return support::new_socket(false); }
  static std::array<int, 2> new_pipe() { return support::new_pipe(false); }
  static void send_at_once(int fd) { support::send_at_once(fd); }
  static std::uint16_t port_of(int fd) { return support::port_of(fd); }

  static handle adopt(int fd) { return new (allocate_frame(sizeof(descriptor))) descriptor{fd}; }
  static int fd_of(handle h) noexcept { return h->fd; }
  static void close(handle h) noexcept { reactor::close(h); }
  // All tasks are in this process: whoever the descriptor is passed to closes it.
  static void hand_over(handle) noexcept {}

  class sleep_operation {
   public:
    explicit sleep_operation(std::int64_t ns) : ns_{ns} {}
    bool ready() noexcept { return ns_ <= 0; }
    bool park(bench::waiter& w) {
      timer_.what = wait_timer::kind::wakes;
      timer_.task = &w;
      auto& here = worker::current()->events();
      const auto ns = ns_;
      home_ = &here;
      here.start(timer_, ns);
      return true;
    }
    bool cancel() noexcept { return home_->cancel(timer_); }
    void result() noexcept {}

   private:
    union {
      std::int64_t ns_;  // until it parks
      reactor* home_;    // from then on
    };
    wait_timer timer_;
  };
  static sleep_operation sleep(std::int64_t ns) { return sleep_operation{ns}; }

  class stream_operation {
   public:
    stream_operation(handle on, io_request r, std::int64_t timeout_ns)
        : parked_{.request = r, .on = on}, timeout_ns_{timeout_ns} {
      parked_.request.fd = on->fd;
      parked_.request.flags = SOCK_NONBLOCK;  // of what is accepted
    }
    bool ready() noexcept {
      // A short receive has said that there is no more: the call that would say it again is saved.
      if (is_receive() && parked_.on->drained &&
          !parked_.on->hung_up.load(std::memory_order_acquire))
        return false;
      return attempt(parked_.request);
    }
    bool park(bench::waiter& w) {
      parked_.who = &w;
      return worker::current()->events().park(parked_, timeout_ns_);
    }
    // Called before `park` by a task that may be cancelled.
    void make_cancellable() noexcept { parked_.cancellable = true; }
    // Never at once: the request ends as `withdrawn` when its worker gets to it.
    bool cancel() noexcept {
      reactor::cancel(parked_);
      return false;
    }
    bool withdrawn() const noexcept { return parked_.withdrawn; }
    std::int64_t moved() const noexcept { return moved_by(parked_.request); }
    bench::io_result result() noexcept {
      const auto& r = parked_.request;
      if (is_receive())
        parked_.on->drained =
            r.result.value > 0 && static_cast<std::size_t>(r.result.value) < r.size;
      return r.result;
    }

   private:
    bool is_receive() const noexcept { return parked_.request.kind == io_kind::receive; }

    parked_request parked_;
    std::int64_t timeout_ns_;
  };
  static stream_operation start(handle on, const io_request& r, std::int64_t timeout_ns) {
    return {on, r, timeout_ns};
  }

  // A regular file is always "ready" for epoll, and blocks all the same. What the page cache has is
  // read at once; all else goes to the kernel where the engine can have it carried out there, and
  // to the pool's threads where it cannot.
  class file_operation : offloaded {
   public:
    explicit file_operation(const io_request& r) : offloaded{&carry_out}, parked_{.request = r} {}
    bool ready() noexcept {
      auto& r = parked_.request;
      if (r.kind != io_kind::read || r.offset < 0) return false;
      const iovec into{r.data, r.size};
      const auto n = ::preadv2(r.fd, &into, 1, r.offset, RWF_NOWAIT);
      if (n < 0) return false;
      r.result.value = n;
      // Less than asked for: the end of the file, or of what is in the cache.
      return n == 0 || static_cast<std::size_t>(n) == r.size;
    }
    bool park(bench::waiter& w) {
      parked_.who = &w;
      auto& here = *worker::current();
      if (here.events().takes_files()) return here.events().park(parked_, bench::no_timeout);
      pool_ = &here.home().blocking_calls();
      pool_->submit(*this);
      return true;
    }
    void make_cancellable() noexcept { parked_.cancellable = true; }
    // A call that no thread has taken up is not made at all.
    bool cancel() noexcept {
      if (pool_ != nullptr) return pool_->withdraw(*this);
      reactor::cancel(parked_);
      return false;
    }
    bool withdrawn() const noexcept { return parked_.withdrawn; }
    std::int64_t moved() const noexcept { return moved_by(parked_.request); }
    bench::io_result result() noexcept { return parked_.request.result; }

   private:
    static void carry_out(offloaded& o) noexcept {
      auto& self = static_cast<file_operation&>(o);
      attempt(self.parked_.request);
      self.parked_.who->wake(*self.parked_.who);
    }

    parked_request parked_;
    offload_pool* pool_ = nullptr;  // that has it, where the engine has not
  };
  static file_operation start(const io_request& r) { return file_operation{r}; }
};

}  // namespace models::support
