#include "wire/load/generator.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

#include "bench/measure/clock.hpp"
#include "wire/load/server_memory.hpp"

namespace wire::load {
namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000, never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t sweep_ns = 100'000'000, settle_ns = 200'000'000;
constexpr std::uint64_t signal_key = ~std::uint64_t{0};

std::string request_of(const plan& p) {
  std::array<char, 4096> text;
  const auto host = fmt::format("127.0.0.1:{}", p.port);
  return std::string{wire::http::write_request(text, host, p.target, p.keep_alive)};
}

expected_body expected_of(const plan& p) {
  if (!p.expected) return {wire::image_at(p.target), {}};
  wire::stream_checksum sum;
  sum.add(*p.expected);
  return {{}, sum.value()};
}

}  // namespace

generator::generator(const plan& p, wire::stop_signals& signals)
    : plan_{p},
      signals_{signals},
      epoll_{wire::make_epoll()},
      request_{request_of(p)},
      expected_{expected_of(p)},
      buffer_(64 * 1024),
      random_{p.seed},
      to_send_{p.requests > 0 ? p.requests : std::numeric_limits<std::uint64_t>::max()} {
  wire::watch(epoll_.get(), signals.fd(), EPOLLIN, signal_key);
  for (int i = 0; i < plan_.connections; ++i) {
    auto& c = connections_.emplace_back(plan_, i, request_, expected_);
    c.open();
    wire::watch(epoll_.get(), c.fd(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, i);
  }
  // In turn over the connections, so that pipelining comes last.
  for (int deep = 0; deep < plan_.pipeline; ++deep)
    for (int i = 0; i < plan_.connections; ++i) free_.push_back(i);
  if (plan_.server != 0) result_.server_bytes_before = memory_of_tree(plan_.server);
}

// More of them than a listening socket's queue can hold, until the server accepts.
void generator::open_idle() {
  for (int i = 0; i < plan_.idle; ++i) idle_.push_back(wire::connect_to(plan_.port));
}

void generator::begin() {
  now_ = bench::now_ns();
  start_ = now_ + plan_.warmup_ns;
  end_ = plan_.requests > 0 ? never : start_ + plan_.duration_ns;
  next_sweep_ = now_ + sweep_ns;
  arrival_ = static_cast<double>(now_);
  if (plan_.rate > 0) next_arrival();
}

result generator::run() {
  open_idle();
  begin();
  while (!result_.cut_short && now_ < end_) {
    if (!started_ && now_ >= start_) {
      started_ = true;
      cpu_at_start_ = wire::cpu_ns();
      queued_at_start_ = wire::queued_ns();
    }
    feed();
    if (plan_.requests > 0 && to_send_ == 0 && in_flight_ == 0) break;
    turn();
  }
  if (plan_.requests > 0) end_ = std::max(last_answer_, start_ + 1);
  if (result_.cut_short) end_ = std::clamp(now_, start_ + 1, std::max(end_, start_ + 1));
  result_.elapsed_ns = end_ - start_;
  result_.arrivals_ns = plan_.requests > 0 ? last_arrival_ - start_ : result_.elapsed_ns;
  if (started_) {
    result_.cpu_ns = wire::cpu_ns() - cpu_at_start_;
    result_.queued_ns = wire::queued_ns() - queued_at_start_;
  }
  count_unsent();
  settle();
  if (plan_.server != 0) result_.server_bytes = memory_of_tree(plan_.server);
  find_surplus();
  check_idle();
  return std::move(result_);
}

void generator::turn() {
  std::array<epoll_event, 256> events;
  auto until = std::min(end_, next_sweep_);
  if (!started_) until = std::min(until, start_);
  if (plan_.rate > 0 && !free_.empty() && to_send_ > 0)
    until = std::min(until, static_cast<std::int64_t>(arrival_));
  for (const auto& event :
       wire::wait(epoll_.get(), events, std::max<std::int64_t>(0, until - bench::now_ns()))) {
    now_ = bench::now_ns();
    if (event.data.u64 == signal_key)
      result_.cut_short |= signals_.stop();
    else
      handle(event.data.u64, event.events);
  }
  now_ = bench::now_ns();
  if (now_ >= next_sweep_) sweep();
}

void generator::handle(std::uint64_t at, std::uint32_t events) {
  auto& c = connections_[at];
  if (!c.is_open()) return;
  if ((events & EPOLLOUT) != 0) flush(at);
  if (!c.is_open() || (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return;
  const auto got = c.receive(buffer_, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
  for (std::uint64_t i = 0; i < got.answers; ++i) {
    record(c.oldest());
    c.forget_oldest();
    free_.push_back(at);
  }
  if (!got.error.empty())
    lose(at, got.error);
  else if (got.drained && (c.in_flight() > 0 || plan_.protocol == protocol::echo))
    lose(at, "closed by the server");
  else if (got.drained)
    reopen(at);
  else if (got.answers > 0)
    feed();
}

void generator::record(const stamp& s) {
  ++result_.answered;
  --in_flight_;
  last_answer_ = now_;
  if (now_ >= start_ && now_ < end_) ++result_.completed;
  if (!measured(s.intended)) return;
  result_.raw.record(now_ - s.sent);
  if (plan_.rate == 0) return;
  result_.corrected.record(now_ - s.intended);
  result_.lag.record(s.sent - s.intended);
}

// What was in flight on the connection has failed.
void generator::lose(std::uint64_t at, const std::string& why) {
  auto& c = connections_[at];
  const auto lost = std::max<std::uint64_t>(1, c.in_flight());
  result_.errors[why] += lost;
  errors_ += lost;
  reopen(at);
}

void generator::reopen(std::uint64_t at) {
  auto& c = connections_[at];
  in_flight_ -= c.in_flight();
  for (auto n = c.in_flight(); n > 0; --n) free_.push_back(at);
  c.forget_all();
  c.close();
  if (errors_ > plan_.max_errors) result_.cut_short = true;
  if (now_ >= end_ || result_.cut_short || (plan_.requests > 0 && to_send_ == 0)) return;
  try {
    c.open();
    wire::watch(epoll_.get(), c.fd(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, at);
  } catch (const std::system_error& e) {
    // Whoever does not even listen will not come back.
    ++result_.errors[e.what()];
    c.close();
    result_.cut_short = true;
  }
}

bool generator::may_start() const {
  return !free_.empty() && to_send_ > 0 && now_ < end_ && !result_.cut_short;
}

void generator::feed() {
  if (plan_.rate > 0)
    feed_open();
  else
    feed_closed();
}

void generator::feed_closed() {
  while (may_start()) {
    const auto at = free_.front();
    // Several for one connection go out together.
    while (may_start() && free_.front() == at) start(at, now_);
    flush(at);
  }
}

void generator::feed_open() {
  while (may_start() && arrival_ <= static_cast<double>(now_)) {
    const auto at = free_.front();
    start(at, static_cast<std::int64_t>(arrival_));
    flush(at);
    next_arrival();
    now_ = bench::now_ns();
  }
}

void generator::start(std::uint64_t at, std::int64_t intended) {
  auto& c = connections_[at];
  free_.pop_front();
  if (!c.is_open()) return;
  c.start({intended, now_});
  ++result_.sent;
  ++in_flight_;
  if (measured(intended) && plan_.requests > 0) --to_send_;
  if (measured(intended)) ++result_.arrivals;
  last_arrival_ = intended;
}

void generator::flush(std::uint64_t at) {
  if (!connections_[at].is_open()) return;
  if (const auto error = connections_[at].flush(); !error.empty()) lose(at, error);
}

void generator::next_arrival() {
  const double mean = static_cast<double>(ns_per_s) / plan_.rate;
  arrival_ += plan_.poisson ? std::exponential_distribution<double>{1 / mean}(random_) : mean;
}

void generator::sweep() {
  next_sweep_ = now_ + sweep_ns;
  for (std::uint64_t at = 0; at < connections_.size(); ++at) {
    const auto& c = connections_[at];
    if (c.in_flight() > 0 && now_ - c.oldest().sent > plan_.timeout_ns)
      lose(at, "no answer in time");
  }
}

// Waits for what is in flight; nothing new is sent.
void generator::settle() {
  const auto last = now_ + plan_.timeout_ns;
  to_send_ = 0;
  while (in_flight_ > 0 && now_ < last && !result_.cut_short) {
    std::array<epoll_event, 256> events;
    for (const auto& event : wire::wait(epoll_.get(), events, sweep_ns)) {
      now_ = bench::now_ns();
      if (event.data.u64 == signal_key)
        result_.cut_short |= signals_.stop();
      else
        handle(event.data.u64, event.events);
    }
    now_ = bench::now_ns();
    sweep();
  }
  if (in_flight_ > 0) result_.errors["no answer in time"] += in_flight_;
}

// Arrivals that were due but found no free connection: they have waited until now at least.
void generator::count_unsent() {
  if (plan_.rate == 0 || plan_.requests > 0) return;
  for (; arrival_ < static_cast<double>(end_); next_arrival()) {
    const auto intended = static_cast<std::int64_t>(arrival_);
    if (!measured(intended)) continue;
    ++result_.arrivals;
    ++result_.unsent;
    result_.corrected.record(end_ - intended);
  }
}

// A server that answers twice does so after the last answer, too.
void generator::find_surplus() {
  for (auto& c : connections_)
    if (c.is_open()) ::shutdown(c.fd(), SHUT_WR);
  const auto last = bench::now_ns() + settle_ns;
  for (auto& c : connections_) {
    while (c.is_open() && !result_.cut_short) {
      char byte = 0;
      const auto n = ::recv(c.fd(), &byte, 1, MSG_DONTWAIT);
      if (n > 0) ++result_.errors["surplus bytes"];
      if (n >= 0 || errno != EAGAIN || bench::now_ns() > last) break;
      std::array<epoll_event, 256> events;
      wire::wait(epoll_.get(), events, ns_per_s / 1000);
    }
  }
}

void generator::check_idle() {
  for (const auto& fd : idle_) {
    char byte = 0;
    if (::recv(fd.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) >= 0 || errno != EAGAIN)
      ++result_.idle_lost;
  }
  if (result_.idle_lost > 0) result_.errors["idle connection closed"] += result_.idle_lost;
}

}  // namespace wire::load
