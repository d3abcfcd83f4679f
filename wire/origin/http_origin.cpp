#include "wire/origin/http_origin.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "bench/measure/clock.hpp"

namespace wire::origin {
namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::int64_t linger_ns = ns_per_s;   // for the peer to read its last answer
constexpr std::uint64_t paced_bytes = 16'384;  // at most at once, under a bandwidth
constexpr int requests_per_turn = 32;          // of one connection, before the others' turn
constexpr std::size_t connections_per_turn = 256;
constexpr std::uint64_t listener_key = ~std::uint64_t{0}, signal_key = listener_key - 1;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

http_origin::http_origin(const origin_options& options, wire::listener& listener)
    : options_{options}, listener_{listener}, epoll_{wire::make_epoll()} {
  for (std::uint64_t i = 0; i < options_.images; ++i)
    index_ += wire::target_of({i, options_.image_bytes}) + "\n";
}

void http_origin::run(wire::stop_signals& signals) {
  wire::watch(epoll_.get(), listener_.fd(), EPOLLIN, listener_key);
  wire::watch(epoll_.get(), signals.fd(), EPOLLIN, signal_key);
  std::array<epoll_event, 512> events;
  next_sweep_ = bench::now_ns() + ns_per_s;
  for (;;) {
    now_ = bench::now_ns();
    const auto next = timers_.empty() ? next_sweep_ : std::min(next_sweep_, timers_.top().due);
    const auto ready = wire::wait(epoll_.get(), events, std::max<std::int64_t>(0, next - now_));
    now_ = bench::now_ns();
    for (const auto& event : ready) {
      if (event.data.u64 == signal_key) {
        if (signals.stop()) return;
      } else if (event.data.u64 == listener_key) {
        accept_all();
      } else if (auto& c = connections_[event.data.u64]) {
        advance(*c);
      }
    }
    fire_timers();
    if (now_ >= next_sweep_) close_idle();
  }
}

void http_origin::accept_all() {
  for (std::size_t i = 0; i < connections_per_turn; ++i) {
    auto fd = listener_.accept();
    if (!fd) return;
    const auto at = static_cast<std::size_t>(fd.get());
    if (at >= connections_.size()) connections_.resize(at + 1);
    connections_[at] = std::make_unique<connection>(std::move(fd));
    connections_[at]->active = now_;
    wire::watch(epoll_.get(), static_cast<int>(at), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, at);
  }
}

// Goes on until it must wait or the connection is gone; the events are edges, so each stage that
// can block has tried to.
void http_origin::advance(connection& c) {
  for (int i = 0; i < requests_per_turn; ++i) {
    if (c.at == stage::reading && !read_request(c)) return;
    if (c.at == stage::waiting) return;
    if (c.at == stage::sending && !send(c)) return;
    if (c.at == stage::lingering && !linger(c)) return;
  }
  wake_at(c, now_);
}

// False: the peer must send first, or the connection is gone.
bool http_origin::read_request(connection& c) {
  for (;;) {
    switch (c.reader.next()) {
      case wire::http::event::more:
        if (!fill(c)) return false;
        break;
      case wire::http::event::head:
        // The views of the head end with the next read, and a body may need one.
        answer(c, &c.reader.head(), 200);
        if (c.reader.head().expects_continue && c.keep_alive)
          if (!send_some(c, "HTTP/1.1 100 Continue\r\n\r\n", {})) return false;
        break;
      case wire::http::event::body:
        break;
      case wire::http::event::end:
        if (options_.latency_ns > 0) {
          c.at = stage::waiting;
          wake_at(c, now_ + options_.latency_ns);
        } else {
          c.at = stage::sending;
          c.began = now_;
        }
        return true;
      case wire::http::event::closed:
        close(c);
        return false;
      case wire::http::event::error:
        ++refused_;
        answer(c, nullptr, wire::http::status_of(c.reader.error()));
        c.at = stage::sending;
        return true;
    }
  }
}

bool http_origin::fill(connection& c) {
  const auto space = c.reader.space();
  const auto n = ::recv(c.fd.get(), space.data(), space.size(), 0);
  if (n < 0 && would_block()) return false;
  if (n < 0) {
    close(c);
    return false;
  }
  c.active = now_;
  c.reader.filled(static_cast<std::size_t>(n));
  return true;
}

// Decides what will be sent.
void http_origin::answer(connection& c, const wire::http::head* asked, int status) {
  constexpr std::string_view text = "text/plain", bytes = "application/octet-stream";
  c.picture = {};
  c.sent = 0;
  c.text_left = {};
  c.keep_alive = asked != nullptr && asked->keep_alive;
  c.asks_head = asked != nullptr && asked->method == "HEAD";
  if (asked != nullptr && asked->method != "GET" && !c.asks_head) status = 405;
  if (asked != nullptr && status == 200) {
    const auto found = wire::image_at(asked->target);
    if (asked->target == "/")
      c.text_left = index_;
    else if (found && asked->target.starts_with("/image/") && found->number < options_.images)
      c.picture = *found;
    else
      status = 404;
  }
  const bool is_picture = status == 200 && c.text_left.data() == nullptr;
  if (status == 404) c.text_left = "not found: / lists the images\n";
  if (status == 405) c.text_left = "GET and HEAD only\n";
  if (status >= 400 && c.text_left.empty()) c.text_left = "refused\n";
  c.head_left =
      wire::http::write_response(c.head, status, is_picture ? c.picture.bytes : c.text_left.size(),
                                 c.keep_alive, is_picture ? bytes : text);
  if (c.asks_head) {
    c.text_left = {};
    c.picture = {};
  }
}

// Bytes of the picture that may go now: all, or what the bandwidth has let through since `began`.
std::uint64_t http_origin::allowance(connection& c) {
  const auto left = c.picture.bytes - c.sent;
  if (options_.bytes_per_s == 0 || left == 0) return left;
  const auto rate = static_cast<double>(options_.bytes_per_s) / ns_per_s;
  const auto want = static_cast<double>(std::min(left, paced_bytes));
  const auto due = static_cast<double>(c.sent) + want;
  if (static_cast<double>(now_ - c.began) * rate >= due) return static_cast<std::uint64_t>(want);
  wake_at(c, c.began + static_cast<std::int64_t>(due / rate) + 1);
  return 0;
}

// False: the socket or the bandwidth has no room, or the connection is gone.
bool http_origin::send(connection& c) {
  for (;;) {
    if (!c.text_left.empty()) {
      if (!send_some(c, c.head_left, c.text_left)) return false;
    } else if (const auto allowed = allowance(c); allowed > 0 || !c.head_left.empty()) {
      auto piece = wire::bytes_of(c.picture, c.sent);
      piece = piece.first(std::min<std::uint64_t>(allowed, piece.size()));
      if (!send_some(c, c.head_left, piece)) return false;
    } else {
      return c.sent == c.picture.bytes && finish(c);
    }
  }
}

bool http_origin::send_some(connection& c, std::string_view head, std::span<const char> body) {
  iovec parts[2] = {{const_cast<char*>(head.data()), head.size()},
                    {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  const auto n = ::sendmsg(c.fd.get(), &message, MSG_NOSIGNAL);
  if (n < 0 && would_block()) return false;
  if (n < 0) {
    close(c);
    return false;
  }
  c.active = now_;
  const auto sent = static_cast<std::size_t>(n), of_head = std::min(sent, head.size());
  if (head.data() != c.head_left.data()) return true;
  c.head_left.remove_prefix(of_head);
  if (!c.text_left.empty())
    c.text_left.remove_prefix(sent - of_head);
  else
    c.sent += sent - of_head;
  return true;
}

bool http_origin::finish(connection& c) {
  ++answered_;
  c.at = stage::reading;
  if (c.keep_alive) return true;
  // Closing with unread bytes would reset the connection and take the answer from the peer.
  ::shutdown(c.fd.get(), SHUT_WR);
  c.at = stage::lingering;
  wake_at(c, now_ + linger_ns);
  return true;
}

bool http_origin::linger(connection& c) {
  for (;;) {
    const auto n = ::recv(c.fd.get(), c.buffer.data(), c.buffer.size(), 0);
    if (n > 0 && now_ < c.due) continue;
    if (n < 0 && would_block() && now_ < c.due) return false;
    close(c);
    return false;
  }
}

void http_origin::wake_at(connection& c, std::int64_t due) {
  c.due = due;
  timers_.push({due, c.fd.get()});
}

void http_origin::fire_timers() {
  // Those that are due now, not those that these start.
  while (!timers_.empty() && timers_.top().due < now_) {
    const auto [due, fd] = timers_.top();
    timers_.pop();
    auto& c = connections_[static_cast<std::size_t>(fd)];
    if (!c || c->due != due) continue;
    if (c->at == stage::waiting) {
      c->at = stage::sending;
      c->began = now_;
    }
    advance(*c);
  }
}

void http_origin::close_idle() {
  next_sweep_ = now_ + ns_per_s;
  for (auto& c : connections_)
    if (c && c->at != stage::waiting && now_ - c->active > options_.patience_ns) c.reset();
}

}  // namespace wire::origin
