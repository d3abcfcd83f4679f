#include "models/support/scheduling/scheduler.hpp"

#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "models/support/io/reactor.hpp"
#include "models/support/scheduling/offload.hpp"

namespace models::support {
namespace {

constexpr std::int64_t most_at_once = 32;  // items that one theft takes beside the first

bool membarrier(int command) { return ::syscall(SYS_membarrier, command, 0, 0) == 0; }

// Spinning takes the CPU from the worker that has the work where there are fewer CPUs than workers.
int useful_spin(const bench::settings& s) {
  cpu_set_t mine;
  if (::sched_getaffinity(0, sizeof mine, &mine) != 0 || CPU_COUNT(&mine) < s.workers) return 0;
  return s.spin;
}

}  // namespace

worker::worker(scheduler& s, std::size_t index)
    : alone_{s.workers_.capacity() == 1}, index_{index}, scheduler_{s} {}

worker::~worker() = default;

reactor& worker::make_reactor() {
  reactor_ = std::make_unique<support::reactor>(*this, scheduler_.settings_);
  return *reactor_;
}

void worker::take_events() {
  if (reactor_ && reactor_->in_use()) reactor_->poll();
}

void worker::post(ready_node& n) {
  n.next = inbox_.load(std::memory_order_relaxed);
  while (!inbox_.compare_exchange_weak(n.next, &n, std::memory_order_seq_cst,
                                       std::memory_order_relaxed)) {
  }
  // Seq_cst on both sides: either the worker sees the node before it sleeps, or we see it asleep.
  if (state_.load(std::memory_order_seq_cst) != awake) wake();
}

bool worker::wake() noexcept {
  const auto was = state_.exchange(awake, std::memory_order_seq_cst);
  if (was == awake) return false;
  scheduler_.idle_.fetch_add(scheduler::searcher - scheduler::sleeper, std::memory_order_seq_cst);
  if (was == asleep) {
    futex_wake(state_);
  } else {
    reactor_->rouse();
  }
  return true;
}

// Whoever wakes itself needs no system call.
void worker::end_sleep() noexcept {
  if (state_.exchange(awake, std::memory_order_seq_cst) != awake)
    scheduler_.idle_.fetch_add(scheduler::searcher - scheduler::sleeper, std::memory_order_seq_cst);
}

void worker::sleep() {
  if (!reactor_) {
    while (state_.load(std::memory_order_acquire) == asleep) futex_wait(state_, asleep);
    return;
  }
  if (state_.load(std::memory_order_acquire) == asleep_in_reactor) {
    reactor_->wait();
    end_sleep();
  }
  reactor_->dispatch();
}

void* worker::take_ready() {
  if (first_ready_ == nullptr) {
    if (inbox_.load(std::memory_order_relaxed) == nullptr) return nullptr;
    auto* newest = inbox_.exchange(nullptr, std::memory_order_acquire);
    ready_node* oldest = nullptr;
    last_ready_ = newest;
    while (newest != nullptr) {
      auto* const next = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = next;
    }
    first_ready_ = oldest;
  }
  auto* const n = first_ready_;
  first_ready_ = n->next;
  if (first_ready_ == nullptr) last_ready_ = nullptr;
  return n->item;
}

void* worker::take_oldest() {
  if (looks_ % io_interval == 0) take_events();
  if (void* item = take_ready()) return item;
  if (void* item = std::exchange(woken_, nullptr)) return item;
  return alone_ ? deque_.steal_alone() : deque_.steal();
}

void* worker::find() {
  if (++looks_ % fairness == 0) [[unlikely]] {
    if (void* item = take_oldest()) return item;
  }
  if (void* item = std::exchange(woken_, nullptr)) return item;
  if (void* item = pop()) return item;
  if (void* item = take_ready()) return item;
  return alone_ ? nullptr : steal();
}

void* worker::steal() {
  const auto n = static_cast<std::uint32_t>(scheduler_.size());
  for (std::uint32_t i = 0; i < n; ++i) {
    victim_ = victim_ + 1 < n ? victim_ + 1 : 0;
    if (victim_ == index_) continue;
    auto& victim = scheduler_[victim_].deque_;
    void* const item = victim.steal();
    if (item == nullptr) continue;
    // Up to half of the rest comes along: the victim's cache lines are taken from it once for many
    // items, and a thief of small tasks does not stand at its door all the time.
    for (auto more = std::min(victim.size() / 2, most_at_once); more > 0; --more) {
      void* const another = victim.steal();
      if (another == nullptr) break;
      deque_.push(another);
    }
    --victim_;  // where there was one there may be more
    return item;
  }
  return nullptr;
}

bool worker::anything_to_do() {
  if (woken_ != nullptr || first_ready_ != nullptr ||
      inbox_.load(std::memory_order_seq_cst) != nullptr)
    return true;
  for (const auto& w : scheduler_.workers_)
    if (!w->deque_.empty()) return true;
  return false;
}

void worker::become_current(bool yes) noexcept {
  current_ = yes ? this : nullptr;
  this_thread_frames = yes && frames_ ? &*frames_ : nullptr;
}

scheduler::scheduler(const bench::settings& s, execute_function execute)
    : settings_{s},
      spin_{useful_spin(s)},
      asymmetric_{membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)} {
  const auto n = static_cast<std::size_t>(s.workers);
  workers_.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    auto& w = *workers_.emplace_back(std::make_unique<worker>(*this, i));
    if (s.memory == bench::memory_policy::pooled) w.frames_.emplace(frames_);
  }
  for (std::size_t i = 1; i < n; ++i)
    threads_.emplace_back([this, execute, &w = *workers_[i]] {
      w.become_current(true);
      while (void* item = w.next([this] { return stopping_.load(std::memory_order_acquire); }))
        execute(w, item);
    });
}

scheduler::~scheduler() {
  offload_.reset();  // its threads may still be waking a worker
  stopping_.store(true, std::memory_order_seq_cst);
  for (const auto& w : workers_) w->wake();
  threads_.clear();
}

offload_pool& scheduler::blocking_calls() {
  std::call_once(offload_made_, [this] {
    offload_ = std::make_unique<offload_pool>(settings_.offload_threads,
                                              settings_.offload_to == "processes");
  });
  return *offload_;
}

void scheduler::fence_for_sleep() const {
  if (workers_.size() == 1) return;  // there is nobody whose fence it would be
  if (asymmetric_) {
    membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  } else {
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
}

void scheduler::wake_one() {
  for (const auto& w : workers_)
    if (w->state_.load(std::memory_order_relaxed) != worker::awake && w->wake()) return;
}

void scheduler::stop_searching(bool more_work) {
  // Pushes that saw us searching woke nobody: the last searcher passes the duty on.
  const auto before = idle_.fetch_sub(searcher, std::memory_order_seq_cst);
  if (more_work && before / searcher == 1 && before % searcher != 0) wake_one();
}

}  // namespace models::support
