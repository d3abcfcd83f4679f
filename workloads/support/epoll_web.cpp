#include "workloads/support/epoll_web.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <deque>
#include <span>

#include "bench/recorder.hpp"

namespace workloads {
namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

// One service of the connections of one run.
class service {
 public:
  service(bench::peers::listener& listener, const serve_plan& plan)
      : listener_{listener}, plan_{plan} {
    bench::peers::watch(epoll_.get(), listener.fd(), EPOLLIN, 0);
  }

  void run(long connections) {
    std::array<epoll_event, 256> events;
    while (closed_ < connections) {
      const auto left = answer_waiting();
      const timespec timeout{left / ns_per_s, left % ns_per_s};
      const int n = ::epoll_pwait2(epoll_.get(), events.data(), events.size(),
                                   waiting_.empty() ? nullptr : &timeout, nullptr);
      for (int i = 0; i < n; ++i) {
        if (auto* const c = static_cast<connection*>(events[i].data.ptr))
          advance(*c);
        else
          accept_all();
      }
    }
  }

 private:
  struct connection {
    explicit connection(bench::peers::unique_fd fd) : socket{std::move(fd)} {}
    bench::peers::unique_fd socket;
    web_session session{};
    std::span<const std::byte> unsent{};
    bool waits = false, lingers = false;
  };
  struct request {
    connection* from;
    bench::stopwatch since;
  };

  void accept_all() {
    while (auto fd = listener_.accept()) {
      auto& c = connections_.emplace_back(std::move(fd));
      bench::peers::watch(epoll_.get(), c.socket.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                          reinterpret_cast<std::uint64_t>(&c));
      advance(c);
    }
  }

  // Those whose time is over; how long the next one has to wait.
  std::int64_t answer_waiting() {
    while (!waiting_.empty()) {
      auto& first = waiting_.front();
      first.since.stop(plan_.wait_ns);
      if (first.since.late_ns() < 0) return -first.since.late_ns();
      auto& c = *first.from;
      waiting_.pop_front();
      c.waits = false;
      answer(c);
      advance(c);
    }
    return 0;
  }

  void answer(connection& c) {
    c.session.answer(answer_to(c.session.target(), plan_.rounds));
    c.unsent = c.session.reply();
  }

  // Until the socket is empty or full, or the request has to wait.
  void advance(connection& c) {
    while (c.socket && !c.waits) {
      if (c.lingers) return linger(c);
      if (!c.unsent.empty()) {
        const auto n = ::send(c.socket.get(), c.unsent.data(), c.unsent.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) return;
        c.unsent = c.unsent.subspan(n < 0 ? c.unsent.size() : static_cast<std::size_t>(n));
        if (!c.unsent.empty()) continue;
        c.lingers = !c.session.sent({n, n < 0 ? errno : 0});
        if (!c.lingers) c.session.begin();
        continue;
      }
      if (c.session.wants_bytes()) {
        const auto space = c.session.space();
        const auto n = ::recv(c.socket.get(), space.data(), space.size(), 0);
        if (n < 0 && errno == EAGAIN) return;
        c.session.take({n < 0 ? 0 : n, n < 0 ? errno : 0});
      } else if (c.session.is_over()) {
        return close(c);
      } else if (!c.session.has_request()) {
        c.unsent = c.session.reply();
      } else if (plan_.wait_ns == 0) {
        answer(c);
      } else {
        c.waits = true;
        waiting_.push_back({&c, {}});
        waiting_.back().since.start();
      }
    }
  }

  void linger(connection& c) {
    if (c.session.lingers()) ::shutdown(c.socket.get(), SHUT_WR);
    while (c.session.lingers()) {
      const auto scrap = c.session.scrap();
      const auto n = ::recv(c.socket.get(), scrap.data(), scrap.size(), 0);
      if (n < 0 && errno == EAGAIN) return;
      c.session.drop({n < 0 ? 0 : n, n < 0 ? errno : 0});
    }
    close(c);
  }

  void close(connection& c) {
    c.socket.reset();
    ++closed_;
  }

  bench::peers::listener& listener_;
  const serve_plan& plan_;
  bench::peers::unique_fd epoll_ = bench::peers::make_epoll();
  std::deque<connection> connections_;
  std::deque<request> waiting_;
  long closed_ = 0;
};

}  // namespace

void epoll_web::serve(long connections) { service{listener_, plan_}.run(connections); }

}  // namespace workloads
