#include "workloads/far_side/epoll_web.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <limits>
#include <list>
#include <span>

#include "bench/measure/recorder.hpp"

namespace workloads {
namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

// One service of the connections of one run.
class service {
 public:
  service(wire::listener& listener, const serve_plan& plan) : listener_{listener}, plan_{plan} {
    wire::watch(epoll_.get(), listener.fd(), EPOLLIN, of_listener);
    wire::watch(epoll_.get(), timer_.get(), EPOLLIN, of_timer);
    set_timer(plan.patience_ns);
  }

  void run(long connections) {
    std::array<epoll_event, 256> events;
    for (;;) {
      const auto left = answer_waiting();
      if (closed_ == connections) return;
      const timespec timeout{left / ns_per_s, left % ns_per_s};
      const int n = ::epoll_pwait2(epoll_.get(), events.data(), events.size(),
                                   left == never ? nullptr : &timeout, nullptr);
      bool silence = false;  // to be looked after when no event of this turn is left
      for (int i = 0; i < n; ++i) {
        if (events[i].data.u64 == of_listener) {
          accept_all();
        } else if (events[i].data.u64 == of_timer) {
          silence = true;
        } else {
          advance(*static_cast<connection*>(events[i].data.ptr));
        }
      }
      if (silence) set_timer(std::min(give_up_silent(), plan_.patience_ns));
    }
  }

 private:
  struct connection {
    explicit connection(wire::unique_fd fd) : socket{std::move(fd)} {}
    wire::unique_fd socket;
    web_session session{};
    std::span<const std::byte> unsent{};
    bool waits = false, lingers = false;
    bench::stopwatch since{};  // it has been in its queue
    std::list<connection>::iterator place{};
  };
  // All in it wait for the same time, so that the first is the next.
  using queue = std::list<connection>;

  void accept_all() {
    while (auto fd = listener_.accept()) {
      auto& c = silent_.emplace_back(std::move(fd));
      c.place = std::prev(silent_.end());
      wire::watch(epoll_.get(), c.socket.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                  reinterpret_cast<std::uint64_t>(&c));
      advance(c);
    }
  }

  // Once for all that are silent by then, not for each wait of one.
  void set_timer(std::int64_t ns) {
    const itimerspec at{{}, {ns / ns_per_s, ns % ns_per_s}};
    ::timerfd_settime(timer_.get(), 0, &at, nullptr);
  }

  // To the end of the queue of its kind.
  void queue_up(connection& c, bool waits) {
    auto& from = c.waits ? waiting_ : silent_;
    auto& to = waits ? waiting_ : silent_;
    to.splice(to.end(), from, c.place);
    c.waits = waits;
    c.since.start();
  }

  // How long the first has to stay; not above 0: its time is over.
  static std::int64_t left_of(queue& q, std::int64_t ns) {
    if (q.empty()) return never;
    q.front().since.stop(ns);
    return -q.front().since.late_ns();
  }

  // Those whose time is over; how long the next one has to wait.
  std::int64_t answer_waiting() {
    for (;;) {
      const auto left = left_of(waiting_, plan_.wait_ns);
      if (left > 0) return left;
      auto& c = waiting_.front();
      queue_up(c, false);
      answer(c);
      advance(c);
    }
  }

  // The same for peers that neither send nor read.
  std::int64_t give_up_silent() {
    for (;;) {
      const auto left = left_of(silent_, plan_.patience_ns);
      if (left > 0) return left;
      auto& c = silent_.front();
      const bench::io_result out_of_time{0, ETIMEDOUT};
      if (c.lingers) {
        c.session.drop(out_of_time);
      } else if (!c.unsent.empty()) {
        c.unsent = {};
        c.lingers = !c.session.sent(out_of_time);
      } else {
        c.session.take(out_of_time);
      }
      advance(c);
    }
  }

  void answer(connection& c) {
    c.session.answer(answer_to(c.session.target(), plan_.rounds));
    c.unsent = c.session.reply();
  }

  // Until the socket is empty or full, or the request has to wait.
  void advance(connection& c) {
    while (!c.waits) {
      if (c.lingers) return linger(c);
      if (!c.unsent.empty()) {
        const auto n = ::send(c.socket.get(), c.unsent.data(), c.unsent.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) return queue_up(c, false);
        c.unsent = c.unsent.subspan(n < 0 ? c.unsent.size() : static_cast<std::size_t>(n));
        if (!c.unsent.empty()) continue;
        c.lingers = !c.session.sent({n, n < 0 ? errno : 0});
        if (!c.lingers) c.session.begin();
        continue;
      }
      if (c.session.wants_bytes()) {
        const auto space = c.session.space();
        const auto n = ::recv(c.socket.get(), space.data(), space.size(), 0);
        if (n < 0 && errno == EAGAIN) return queue_up(c, false);
        c.session.take({n < 0 ? 0 : n, n < 0 ? errno : 0});
      } else if (c.session.is_over()) {
        return close(c);
      } else if (!c.session.has_request()) {
        c.unsent = c.session.reply();
      } else if (plan_.wait_ns == 0) {
        answer(c);
      } else {
        queue_up(c, true);
      }
    }
  }

  void linger(connection& c) {
    if (c.session.lingers()) ::shutdown(c.socket.get(), SHUT_WR);
    while (c.session.lingers()) {
      const auto scrap = c.session.scrap();
      const auto n = ::recv(c.socket.get(), scrap.data(), scrap.size(), 0);
      if (n < 0 && errno == EAGAIN) return queue_up(c, false);
      c.session.drop({n < 0 ? 0 : n, n < 0 ? errno : 0});
    }
    close(c);
  }

  void close(connection& c) {
    silent_.erase(c.place);
    ++closed_;
  }

  static constexpr std::uint64_t of_listener = 0, of_timer = 1;  // all other events: an address
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  wire::listener& listener_;
  const serve_plan& plan_;
  wire::unique_fd epoll_ = wire::make_epoll();
  wire::unique_fd timer_{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
  queue silent_;   // whose peer is to send or to read
  queue waiting_;  // whose request has to wait
  long closed_ = 0;
};

}  // namespace

void epoll_web::serve(long connections) { service{listener_, plan_}.run(connections); }

}  // namespace workloads
