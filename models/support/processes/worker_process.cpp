#include "models/support/processes/worker_process.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <new>
#include <utility>

#include "models/support/base/timing.hpp"
#include "models/support/processes/process.hpp"

namespace models::support {

void worker_process::start(void* model) {
  new (&link_) worker_link;
  pid_ = starter_->start(index_);
  if (pid_ == 0) serve(model);
}

bool worker_process::has_come() {
  if (serving_) return true;
  if (link_.life.alive()) return serving_ = true;
  int status = 0;
  if (link_.life.dead()) {
    status = starter_->reap(pid_);
  } else {
    const auto now = monotonic_ns();
    if (now < next_look_) return false;
    next_look_ = now + look_every_ns;
    if (!starter_->reap_if_ended(pid_, status)) return false;
  }
  throw process_died{fmt::format("worker {} {} while it started", forget(), ending(status))};
}

void worker_process::await_start() {
  const auto patience = to_timespec(look_every_ns);
  while (!has_come()) futex_wait(link_.sleep, pool_state::awake, futex_scope::system, &patience);
}

pid_t worker_process::forget() noexcept {
  pool_.awake_set.fetch_and(~bit(), std::memory_order_relaxed);
  serving_ = false;
  return std::exchange(pid_, 0);
}

void worker_process::stop() noexcept {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);  // it sleeps: no group outlives the pool
  starter_->reap(pid_);
  forget();
}

std::string worker_process::bury() {
  const int status = starter_->reap(pid_);
  return fmt::format("worker {} {}", forget(), ending(status));
}

void worker_process::wake() noexcept {
  if (link_.sleep.exchange(pool_state::awake, std::memory_order_acq_rel) != pool_state::asleep)
    return;
  // Counted from now on, not once it runs: where there is one processor it runs when we sleep.
  pool_.awake_set.fetch_or(bit(), std::memory_order_relaxed);
  futex_wake(link_.sleep, 1, futex_scope::system);
}

void worker_process::run(task_message& message, void* model) {
  try {
    const auto code =
        reinterpret_cast<std::uintptr_t>(message.run) + static_cast<std::uintptr_t>(code_shift());
    reinterpret_cast<decltype(message.run)>(code)(model, message.bytes);
    message.how = task_message::outcome::done;
  } catch (...) {
    remote_failure failure;
    failure.capture();
    new (message.bytes) remote_failure{failure};
    message.how = task_message::outcome::failed;
  }
  link_.ring.finish();
  // Pairs with the fence in the parent's sleep: either we see it asleep, or it sees us finished.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (pool_.parent.load(std::memory_order_relaxed) == pool_state::asleep &&
      link_.ring.wanted_by_giver())
    wake_parent();
}

void worker_process::wake_parent() noexcept {
  if (pool_.parent.exchange(pool_state::awake, std::memory_order_acq_rel) != pool_state::asleep)
    return;
  pool_.awake_set.fetch_or(pool_state::bit(pool_state::parent_bit), std::memory_order_relaxed);
  futex_wake(pool_.parent, 1, futex_scope::system);
}

void worker_process::wait_for_work() {
  const auto more = [this] { return link_.ring.has_more(); };
  if (pool_.look_for(more)) return;
  const auto mine = bit();
  pool_.awake_set.fetch_and(~mine, std::memory_order_relaxed);
  link_.sleep.store(pool_state::asleep, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (more()) link_.sleep.store(pool_state::awake, std::memory_order_relaxed);
  while (link_.sleep.load(std::memory_order_acquire) == pool_state::asleep)
    futex_wait(link_.sleep, pool_state::asleep, futex_scope::system);
  pool_.awake_set.fetch_or(mine, std::memory_order_relaxed);
}

void worker_process::serve(void* model) {
  pool_.awake_set.fetch_or(bit(), std::memory_order_relaxed);
  link_.life.hold();
  futex_wake(link_.sleep, 1, futex_scope::system);
  // Pairs with the same fence as above: either we see the parent asleep, or it sees us alive.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (pool_.parent.load(std::memory_order_relaxed) == pool_state::asleep) wake_parent();
  for (;;) {
    while (auto* message = link_.ring.take()) run(*message, model);
    wait_for_work();
  }
}

}  // namespace models::support
