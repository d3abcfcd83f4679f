#include "models/support/io/uring_engine.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "models/support/base/timing.hpp"
#include "models/support/io/reactor.hpp"

namespace models::support {
namespace {

constexpr unsigned submissions = 512;
constexpr unsigned completions = 4'096;  // more are kept by the kernel until there is room

// Completions that are nobody's: of a cancel, of `rouse`.
constexpr std::uint64_t of_cancel = 0, of_wake_up = 1;

// A ring of which nothing is asked but by the calling thread, where completions are worked out when
// it asks for them (Linux 6.1); elsewhere one whose completions at least do not interrupt it
// (5.19).
int make_ring(io_uring& ring) noexcept {
  constexpr unsigned common =
      IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_TASKRUN_FLAG;
  int error = 0;
  for (const unsigned flags :
       {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_COOP_TASKRUN}) {
    io_uring_params p{};
    p.flags = common | flags;
    p.cq_entries = completions;
    error = ::io_uring_queue_init_params(submissions, &ring, &p);
    if (error != -EINVAL) break;
  }
  return error;
}

// A number of the calling thread that no other ever had.
std::uint64_t this_thread() noexcept {
  static std::atomic<std::uint64_t> threads = 0;
  thread_local constinit std::uint64_t mine = 0;
  if (mine == 0) [[unlikely]]
    mine = threads.fetch_add(1, std::memory_order_relaxed) + 1;
  return mine;
}

}  // namespace

std::optional<std::string> uring_engine::missing() {
  static const int error = [] {
    io_uring ring;
    const int result = make_ring(ring);
    if (result == 0) ::io_uring_queue_exit(&ring);
    return -result;
  }();
  switch (error) {
    case 0:
      return std::nullopt;
    case ENOSYS:
      return "engine io_uring: this kernel has no io_uring";
    case EPERM:
      return "engine io_uring: not permitted here (sysctl kernel.io_uring_disabled, or a seccomp "
             "filter as containers have)";
    case EINVAL:
      return "engine io_uring: wants Linux 5.19 or later";
    default:
      return fmt::format("engine io_uring: io_uring_setup: {}", std::strerror(error));
  }
}

uring_engine::uring_engine(reactor& r) : engine{r, true}, wake_up_{::eventfd(0, EFD_CLOEXEC)} {
  if (wake_up_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
  if (const int error = make_ring(ring_); error != 0) {
    ::close(wake_up_);
    throw std::system_error{-error, std::generic_category(), "io_uring_setup"};
  }
  thread_ = this_thread();
  watch_wake_up();
}

uring_engine::~uring_engine() {
  ::io_uring_queue_exit(&ring_);
  ::close(wake_up_);
}

// A kernel that knows of a single issuer takes nothing from another thread. Worker 0 is whichever
// thread has entered the model: where that is a new one, it gets a ring of its own. Nothing is in
// flight between two entries.
void uring_engine::belong_to_this_thread() {
  if (thread_ == this_thread()) [[likely]]
    return;
  ::io_uring_queue_exit(&ring_);
  if (const int error = make_ring(ring_); error != 0)
    throw std::system_error{-error, std::generic_category(), "io_uring_setup"};
  thread_ = this_thread();
  watch_wake_up();
}

void uring_engine::rouse() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_up_, &one, sizeof one);
}

// Each write is an event of its own: nobody reads the counter.
void uring_engine::watch_wake_up() {
  auto* const entry = next_entry();
  ::io_uring_prep_poll_multishot(entry, wake_up_, POLLIN);
  entry->user_data = of_wake_up;
}

io_uring_sqe* uring_engine::next_entry() {
  for (;;) {
    if (auto* const entry = ::io_uring_get_sqe(&ring_)) return entry;
    ::io_uring_submit(&ring_);
  }
}

bool uring_engine::park(parked_request& p, std::int64_t timeout_ns) {
  belong_to_this_thread();
  if (timeout_ns >= 0) {
    const lock_guard guard{reactor_.lock_of_timers()};
    reactor_.set_deadline(p, timeout_ns);
  }
  ++in_use_;
  if (p.request.kind == io_kind::connect) {
    prepare_poll(p);  // it is on its way, and its end is an event
  } else {
    prepare(p);
  }
  return true;
}

// What has been tried in vain is not tried again before there is an event.
void uring_engine::prepare(parked_request& p) {
  const auto& r = p.request;
  const auto moved = r.result.value;
  auto* const at = static_cast<std::byte*>(r.data) + moved;
  const auto left = static_cast<unsigned>(std::min<std::size_t>(r.size - moved, 1 << 30));
  const auto offset =
      r.offset < 0 ? std::uint64_t(-1) : static_cast<std::uint64_t>(r.offset + moved);
  auto* const entry = next_entry();
  switch (r.kind) {
    case io_kind::accept:
      ::io_uring_prep_accept(entry, r.fd, nullptr, nullptr, SOCK_CLOEXEC | r.flags);
      break;
    case io_kind::receive:
      ::io_uring_prep_recv(entry, r.fd, at, left, 0);
      entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
      break;
    case io_kind::send:
      ::io_uring_prep_send(entry, r.fd, at, left, MSG_NOSIGNAL);
      entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
      break;
    case io_kind::read:
      ::io_uring_prep_read(entry, r.fd, at, left, offset);
      break;
    case io_kind::write:
      ::io_uring_prep_write(entry, r.fd, at, left, offset);
      break;
    case io_kind::open:
      ::io_uring_prep_openat(entry, AT_FDCWD, static_cast<const char*>(r.data), r.flags | O_CLOEXEC,
                             0666);
      break;
    case io_kind::fsync:
      ::io_uring_prep_fsync(entry, r.fd, 0);
      break;
    case io_kind::connect:
      break;
  }
  ::io_uring_sqe_set_data(entry, &p);
}

void uring_engine::prepare_poll(parked_request& p) {
  p.polls = true;
  auto* const entry = next_entry();
  ::io_uring_prep_poll_add(entry, p.request.fd, p.request.moves_out() ? POLLOUT : POLLIN);
  ::io_uring_sqe_set_data(entry, &p);
}

// The kernel gives the buffer back with the request's own completion, and only then its task goes
// on: as timed out, or with what was done in the meantime.
void uring_engine::expire(parked_request& p) {
  p.late = true;
  auto* const entry = next_entry();
  ::io_uring_prep_cancel(entry, &p, 0);
  entry->user_data = of_cancel;
}

void uring_engine::wait(std::int64_t deadline) {
  belong_to_this_thread();
  // Also where the deadline is over: a time-out of nothing would put the thread to sleep all the
  // same.
  const auto left = deadline == now || deadline == never ? deadline : deadline - monotonic_ns();
  if (left <= 0) {
    if (::io_uring_sq_ready(&ring_) != 0 || ::io_uring_cq_has_overflow(&ring_) ||
        (IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_TASKRUN) != 0)
      ::io_uring_submit_and_get_events(&ring_);
    return;
  }
  if (deadline == never) {
    ::io_uring_submit_and_wait(&ring_, 1);
    return;
  }
  __kernel_timespec timeout{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
  io_uring_cqe* first = nullptr;
  ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &timeout, nullptr);
}

void uring_engine::dispatch() {
  unsigned head = 0, seen = 0;
  io_uring_cqe* entry = nullptr;
  io_uring_for_each_cqe(&ring_, head, entry) {
    if (entry->user_data == of_wake_up) {
      if ((entry->flags & IORING_CQE_F_MORE) == 0) watch_wake_up();
    } else if (entry->user_data != of_cancel) {
      complete(*reinterpret_cast<parked_request*>(entry->user_data), entry->res);
    }
    if (++seen == reactor::batch) break;
  }
  ::io_uring_cq_advance(&ring_, seen);
}

void uring_engine::complete(parked_request& p, std::int32_t result) {
  auto& r = p.request;
  const bool late = p.late;
  if (p.polls && result >= 0) {
    if (!attempt(r)) {
      if (!late) return prepare_poll(p);
      r.result.error = ETIMEDOUT;
    }
  } else if (result >= 0) {
    r.result.value += result;
    if (r.moves_bytes() && r.all && result > 0 &&
        static_cast<std::size_t>(r.result.value) < r.size) {
      if (!late) return prepare(p);
      r.result.error = ETIMEDOUT;
    }
  } else if (result == -ECANCELED) {
    r.result.error = ETIMEDOUT;
  } else if (!late && result == -EAGAIN) {
    return prepare_poll(p);  // older kernels say so of what is non-blocking
  } else if (!late && (result == -EINTR || (r.kind == io_kind::accept &&
                                            (result == -ECONNABORTED || result == -EPROTO)))) {
    return prepare(p);
  } else {
    r.result.error = late ? ETIMEDOUT : -result;
  }
  --in_use_;
  reactor_.finish(p, [] {});
}

}  // namespace models::support
