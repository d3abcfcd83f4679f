#include "workloads/far_side/epoll_fetch.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <span>
#include <system_error>

#include "wire/sockets.hpp"

namespace workloads {
namespace {

long checked(long result, const char* what) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), what};
  return result;
}

void save(const char* path, std::span<const std::byte> image) {
  const wire::unique_fd file{::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
  checked(file.get(), "open");
  for (std::size_t at = 0; at < image.size();)
    at += checked(::write(file.get(), image.data() + at, image.size() - at), "save an image");
}

class fetcher {
 public:
  explicit fetcher(const download_plan& plan) : plan_{plan} {}

  std::uint64_t run() {
    for (long i = 0; i < plan_.in_flight; ++i) begin(lines_.emplace_back(download{plan_}));
    std::array<epoll_event, 256> events;
    while (done_ < plan_.images) {
      const int n = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
      for (int i = 0; i < n; ++i) advance(*static_cast<line*>(events[i].data.ptr));
    }
    return sum_;
  }

 private:
  struct line {
    explicit line(download d) : one{std::move(d)} {}
    download one;
    wire::unique_fd socket{};
    long number = 0;
    std::span<const std::byte> unsent{};
  };

  // The next image that nobody has taken, if there is one.
  void begin(line& l) {
    if (next_ == plan_.images) return l.socket.reset();
    l.number = next_++;
    plan_.watches[l.number].start();
    if (!l.one.is_connected()) {
      l.socket = wire::unique_fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
      checked(l.socket.get(), "socket");
      if (::connect(l.socket.get(), &plan_.origin(), sizeof plan_.address) != 0 &&
          errno != EINPROGRESS)
        checked(-1, "connect to the origin");
      l.one.connected();
      wire::watch(epoll_.get(), l.socket.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                  reinterpret_cast<std::uint64_t>(&l));
    }
    l.unsent = l.one.ask(l.number);
    send(l);
  }

  // False: the socket is full, or not connected yet.
  bool send(line& l) {
    while (!l.unsent.empty()) {
      const auto n = ::send(l.socket.get(), l.unsent.data(), l.unsent.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) return false;
      l.unsent = l.unsent.subspan(checked(n, "send to the origin"));
    }
    return true;
  }

  void advance(line& l) {
    while (l.socket && send(l)) {
      while (l.one.wants_more()) {
        const auto space = l.one.space();
        const auto n = ::recv(l.socket.get(), space.data(), space.size(), 0);
        if (n < 0 && errno == EAGAIN) return;
        l.one.take({n < 0 ? 0 : n, n < 0 ? errno : 0});
      }
      plan_.watches[l.number].stop();
      if (!l.one.is_connected()) l.socket.reset();
      if (plan_.saves()) save(plan_.path_of(l.number).data(), l.one.image());
      sum_ += digest_of(l.one.image(), l.number, plan_.rounds);
      ++done_;
      begin(l);
    }
  }

  const download_plan& plan_;
  wire::unique_fd epoll_ = wire::make_epoll();
  std::deque<line> lines_;
  long next_ = 0, done_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace

std::uint64_t epoll_fetch(const download_plan& plan) { return fetcher{plan}.run(); }

}  // namespace workloads
