#include "models/support/supervision/supervisor.hpp"

#include <utility>

#include "models/support/base/frame_pool.hpp"

namespace models::support {

bench::task_state task_handle::state() const noexcept {
  const lock_guard guard{record_->owner.lock_};
  return record_->state;
}

void task_handle::check() const {
  const auto how = state();
  if (how == bench::task_state::cancelled) throw bench::cancelled{};
  if (how != bench::task_state::failed) return;
  record_->seen = true;
  std::rethrow_exception(record_->error);
}

void task_handle::on_done(std::function<void(bench::task_state)> f) const {
  bench::task_state how;
  {
    const lock_guard guard{record_->owner.lock_};
    how = record_->state;
    if (!bench::ended(how)) record_->on_done = std::move(f);
  }
  if (bench::ended(how)) f(how);
}

supervisor::~supervisor() {
  while (first_ != nullptr) {
    auto* const r = std::exchange(first_, first_->next);
    const auto size = r->size;
    r->~task_record();
    free_frame(r, size);
  }
}

void supervisor::add(task_record& r) noexcept {
  bool too_late = false;
  {
    const lock_guard guard{lock_};
    r.index = static_cast<std::uint32_t>(spawned_++);
    (last_ == nullptr ? first_ : last_->next) = &r;
    last_ = &r;
    too_late = cancelling_;
  }
  if (too_late) r.scope.cancel();
}

bool supervisor::begin(task_record& r) noexcept {
  const bool runs = !r.scope.requested();
  const lock_guard guard{lock_};
  r.state = runs ? bench::task_state::running : bench::task_state::cancelled;
  return runs;
}

void supervisor::capture(task_record& r) noexcept {
  auto how = bench::task_state::failed;
  try {
    throw;
  } catch (const bench::cancelled&) {
    how = bench::task_state::cancelled;
  } catch (...) {
    r.error = std::current_exception();
  }
  const lock_guard guard{lock_};
  r.state = how;
}

void supervisor::finish(task_record& r) noexcept {
  std::function<void(bench::task_state)> on_done;
  bench::task_state how;
  {
    const lock_guard guard{lock_};
    if (r.state == bench::task_state::running) r.state = bench::task_state::done;
    how = r.state;
    on_done = std::move(r.on_done);
  }
  // The body first: should it spawn another task, that one is cancelled, too.
  if (how == bench::task_state::failed && policy_ == bench::on_failure::cancel) {
    body_.cancel(cancel_scope::sibling_failed);
    cancel_tasks();
  }
  if (on_done) on_done(how);
  bench::waiter* wakes = nullptr;
  {
    const lock_guard guard{lock_};
    (last_done_ == nullptr ? first_done_ : last_done_->next_done) = &r;
    last_done_ = &r;
    ++ended_;
    if (!waits_for_all_ || ended_ == spawned_) wakes = std::exchange(waiter_, nullptr);
  }
  if (wakes != nullptr) wakes->wake(*wakes);
}

void supervisor::cancel_tasks() noexcept {
  task_record *r, *last;
  {
    const lock_guard guard{lock_};
    cancelling_ = true;
    r = first_;
    last = last_;
  }
  // What has been added is never taken out: up to there the list can be read without the lock.
  for (; r != nullptr; r = r == last ? nullptr : r->next) r->scope.cancel();
}

std::exception_ptr supervisor::unseen_error() noexcept {
  const lock_guard guard{lock_};
  std::exception_ptr first;
  for (auto* r = first_done_; r != nullptr; r = r->next_done)
    if (r->error && !std::exchange(r->seen, true) && !first) first = r->error;
  return first;
}

bool supervisor::operation::attempt_all() { return supervisor_->ended_ == supervisor_->spawned_; }

bool supervisor::operation::attempt_next() {
  auto& s = *supervisor_;
  if (s.handed_out_ == s.spawned_) return true;
  auto* const r = s.handed_out_ == 0 ? s.first_done_ : s.last_handed_out_->next_done;
  if (r == nullptr) return false;
  ++s.handed_out_;
  s.last_handed_out_ = r;
  next_ = task_handle{r};
  return true;
}

bool supervisor::next_operation::ready() {
  const lock_guard guard{supervisor_->lock_};
  return attempt_next();
}

task_handle supervisor::next_operation::result() {
  if (!next_) ready();  // whoever woke us left it where it was
  return next_;
}

bool supervisor::join_operation::ready() {
  const lock_guard guard{supervisor_->lock_};
  return attempt_all();
}

void supervisor::join_operation::result() const {
  if (const auto error = supervisor_->unseen_error()) std::rethrow_exception(error);
}

bool supervisor::operation::park(bench::waiter& w) {
  const lock_guard guard{supervisor_->lock_};
  if (attempt()) return false;
  supervisor_->waiter_ = &w;
  supervisor_->waits_for_all_ = all_;
  return true;
}

bool supervisor::operation::cancel() noexcept {
  const lock_guard guard{supervisor_->lock_};
  return std::exchange(supervisor_->waiter_, nullptr) != nullptr;
}

}  // namespace models::support
