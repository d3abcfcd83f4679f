#include "workloads/far_side/uring_echo.hpp"

#if !CONTEND_HAS_IO_URING

#include <stdexcept>

namespace workloads {

void serve_on_io_uring(int, long, std::size_t) { throw std::logic_error{"no io_uring"}; }

std::optional<std::string> io_uring_echo_missing() { return "io_uring is not in this build"; }

}  // namespace workloads

#else

#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <system_error>
#include <vector>

namespace workloads {
namespace {

int make_ring(io_uring& ring) noexcept {
  io_uring_params p{};
  p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
  p.cq_entries = 4'096;
  return ::io_uring_queue_init_params(512, &ring, &p);
}

struct connection {
  explicit connection(int number, std::size_t buffer_bytes) : fd{number}, buffer(buffer_bytes) {}
  int fd;
  std::size_t unsent_from = 0, unsent_to = 0;
  std::vector<char> buffer;
};

// One service of the connections of one run.
class service {
 public:
  service(int listener, std::size_t buffer_bytes)
      : listener_{listener}, buffer_bytes_{buffer_bytes} {
    if (const int error = make_ring(ring_); error != 0)
      throw std::system_error{-error, std::generic_category(), "io_uring_setup"};
  }
  ~service() {
    ::io_uring_queue_exit(&ring_);
    for (const auto& c : connections_)
      if (c.fd >= 0) ::close(c.fd);
  }
  service(const service&) = delete;

  void run(long connections) {
    accept_all();
    while (closed_ < connections) {
      ::io_uring_submit_and_wait(&ring_, 1);
      unsigned head = 0, seen = 0;
      io_uring_cqe* done = nullptr;
      io_uring_for_each_cqe(&ring_, head, done) {
        if (auto* c = static_cast<connection*>(::io_uring_cqe_get_data(done))) {
          go_on(*c, done->res);
        } else {
          accepted(*done);
        }
        ++seen;
      }
      ::io_uring_cq_advance(&ring_, seen);
    }
  }

 private:
  io_uring_sqe* next_entry() {
    for (;;) {
      if (auto* const entry = ::io_uring_get_sqe(&ring_)) return entry;
      ::io_uring_submit(&ring_);
    }
  }

  void accept_all() {
    auto* const entry = next_entry();
    ::io_uring_prep_multishot_accept(entry, listener_, nullptr, nullptr, SOCK_CLOEXEC);
    entry->user_data = 0;
  }

  void accepted(const io_uring_cqe& done) {
    if ((done.flags & IORING_CQE_F_MORE) == 0) accept_all();
    if (done.res == -ECONNABORTED || done.res == -EINTR) return;
    if (done.res < 0) throw std::system_error{-done.res, std::generic_category(), "accept"};
    const int yes = 1;
    ::setsockopt(done.res, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    receive(connections_.emplace_back(done.res, buffer_bytes_));
  }

  void receive(connection& c) {
    auto* const entry = next_entry();
    ::io_uring_prep_recv(entry, c.fd, c.buffer.data(), c.buffer.size(), 0);
    entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
    ::io_uring_sqe_set_data(entry, &c);
  }

  // A receive has come to its end, or the send of what did not go out at once.
  void go_on(connection& c, int result) {
    if (result <= 0) {
      ::close(c.fd);
      c.fd = -1;
      c.buffer = {};
      ++closed_;
      return;
    }
    const auto n = static_cast<std::size_t>(result);
    if (c.unsent_to != 0) {
      c.unsent_from += n;
    } else {
      const auto sent = ::send(c.fd, c.buffer.data(), n, MSG_NOSIGNAL | MSG_DONTWAIT);
      c.unsent_from = sent < 0 ? 0 : static_cast<std::size_t>(sent);
      c.unsent_to = n;
    }
    if (c.unsent_from == c.unsent_to) {
      c.unsent_to = 0;
      return receive(c);
    }
    auto* const entry = next_entry();
    ::io_uring_prep_send(entry, c.fd, c.buffer.data() + c.unsent_from, c.unsent_to - c.unsent_from,
                         MSG_NOSIGNAL);
    entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
    ::io_uring_sqe_set_data(entry, &c);
  }

  io_uring ring_{};
  int listener_;
  std::size_t buffer_bytes_;
  long closed_ = 0;
  std::deque<connection> connections_;
};

}  // namespace

void serve_on_io_uring(int listener, long connections, std::size_t buffer_bytes) {
  service{listener, buffer_bytes}.run(connections);
}

std::optional<std::string> io_uring_echo_missing() {
  io_uring ring;
  const int error = make_ring(ring);
  if (error != 0) return "io_uring_setup: " + std::generic_category().message(-error);
  ::io_uring_queue_exit(&ring);
  return std::nullopt;
}

}  // namespace workloads

#endif
