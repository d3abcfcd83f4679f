#include "models/support/supervision/loop_calls.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "models/support/base/timing.hpp"

namespace models::support {

loop_calls::~loop_calls() {
  while (!timers_.empty()) delete &static_cast<timed&>(timers_.pop());
}

void loop_calls::post(function f) {
  bench::waiter* server = nullptr;
  {
    const lock_guard guard{lock_};
    posted_.push_back(std::move(f));
    news_ = true;
    server = std::exchange(server_, nullptr);
  }
  announce(server);
}

void loop_calls::call_at(std::int64_t at_ns, function f) {
  auto call = std::make_unique<timed>();
  call->call = std::move(f);
  bench::waiter* server = nullptr;
  {
    const lock_guard guard{lock_};
    const bool earliest = timers_.empty() || at_ns < timers_.earliest();
    timers_.start(*call.release(), at_ns);
    if (earliest) {  // else the server wakes in time
      news_ = true;
      server = std::exchange(server_, nullptr);
    }
  }
  announce(server);
}

void loop_calls::stop() {
  bench::waiter* server = nullptr;
  {
    const lock_guard guard{lock_};
    stopping_ = news_ = true;
    server = std::exchange(server_, nullptr);
  }
  announce(server);
}

void loop_calls::announce(bench::waiter* server) {
  if (server != nullptr) server->wake(*server);
}

bool loop_calls::turn() {
  std::vector<function> due;
  std::vector<std::unique_ptr<timed>> late;
  bool stops = false;
  {
    const lock_guard guard{lock_};
    news_ = false;
    stops = stopping_;
    due.swap(posted_);
    const auto now = timers_.empty() ? 0 : monotonic_ns();
    while (!timers_.empty() && timers_.earliest() <= now)
      late.emplace_back(&static_cast<timed&>(timers_.pop()));
  }
  for (const auto& call : due) call();  // first, as asyncio has them
  for (const auto& call : late) call->call();
  const lock_guard guard{lock_};
  if (stops && posted_.empty()) stopping_ = false;  // it may be served again
  return stops && posted_.empty();
}

std::int64_t loop_calls::idle_ns() {
  const lock_guard guard{lock_};
  if (news_) return 0;
  if (timers_.empty()) return never;
  return std::max<std::int64_t>(timers_.earliest() - monotonic_ns(), 0);
}

bool loop_calls::operation::ready() {
  const lock_guard guard{calls_->lock_};
  return calls_->news_;
}

bool loop_calls::operation::park(bench::waiter& w) {
  const lock_guard guard{calls_->lock_};
  if (calls_->news_) return false;
  calls_->server_ = &w;
  return true;
}

bool loop_calls::operation::cancel() noexcept {
  const lock_guard guard{calls_->lock_};
  return std::exchange(calls_->server_, nullptr) != nullptr;
}

}  // namespace models::support
