#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "bench/contract/settings.hpp"
#include "models/support/base/frame_pool.hpp"
#include "models/support/base/futex.hpp"
#include "models/support/scheduling/deque.hpp"

namespace models::support {

class offload_pool;
class reactor;
class scheduler;

// One item in a worker's first-in-first-out queue; it must live until the item is taken out.
struct ready_node {
  ready_node* next = nullptr;
  void* item = nullptr;
};

// One of the contexts that execute on a CPU. What an item is, only the model knows.
class alignas(64) worker {
 public:
  worker(scheduler& s, std::size_t index);
  worker(const worker&) = delete;
  ~worker();

  // The worker that this thread is, or nullptr.
  static worker* current() noexcept { return current_; }

  // Owner only. A new item, for whoever comes first; the owner takes its newest first.
  void push(void* item) {
    if (alone_) return deque_.push_alone(item);
    deque_.push(item);
    notify();
  }

  // Owner only. An item that has just been woken: it runs next here, where what woke it is in
  // cache, unless another is woken before; that one takes its place, and it becomes as if pushed.
  void push_woken(void* item) {
    if (void* earlier = std::exchange(woken_, item)) push(earlier);
  }

  // Owner only: its newest item, or nullptr.
  void* pop() { return alone_ ? deque_.pop_alone() : deque_.pop(); }

  // Owner only: an item that its own loop takes next, before any other; there is one at most.
  void run_next(void* item) { next_ = item; }
  // Owner only: that item, else its newest, or nullptr.
  void* take_next() {
    if (next_ != nullptr) return std::exchange(next_, nullptr);
    return pop();
  }

  // Owner only: as `pop`, but now and then what has waited longest.
  void* pop_in_turn() {
    if (++looks_ % fairness == 0) [[unlikely]] {
      if (void* item = take_oldest()) return item;
    }
    return pop();
  }

  // Owner only: this item after all that are ready now; it is not stolen.
  void ready(ready_node& n) {
    n.next = nullptr;
    (last_ready_ == nullptr ? first_ready_ : last_ready_->next) = &n;
    last_ready_ = &n;
  }

  // Any thread: as `ready`, and wakes the worker if it sleeps.
  void post(ready_node& n);

  // Owner only: an item from anywhere, without waiting; nullptr if none was found.
  void* find();

  // Owner only: an item; sleeps while there is none. nullptr once `stop()` is true, which must be
  // followed by `wake()` from whoever made it so.
  template <class Stop>
  void* next(Stop stop);

  // Any thread: ends the worker's sleep, if it sleeps. True if it did.
  bool wake() noexcept;

  // Whether no other worker exists: counters that only workers touch need no atomic operations.
  bool alone() const noexcept { return alone_; }
  std::size_t index() const noexcept { return index_; }

  // Owner only: its reactor, made when it is first asked for. From then on the worker sleeps there.
  support::reactor& events() { return reactor_ ? *reactor_ : make_reactor(); }

  scheduler& home() const noexcept { return scheduler_; }

 private:
  friend class scheduler;
  enum state : std::uint32_t { awake, asleep, asleep_in_reactor };

  // Every this many looks the oldest item goes first, so that newcomers cannot starve it. A prime,
  // so that it does not beat with the program's own rhythm; as Go's runtime and tokio have it.
  static constexpr std::uint32_t fairness = 61;
  // A busy worker looks for events every this many looks, a multiple of the other.
  static constexpr std::uint32_t io_interval = 4 * fairness;
  // A searching one does every this many: a system call costs about as much.
  static constexpr int looks_per_poll = 64;

  void notify();
  void* take_ready();
  void* take_oldest();
  void* steal();
  bool anything_to_do();
  void become_current(bool yes) noexcept;
  support::reactor& make_reactor();
  void take_events();
  void sleep();
  void end_sleep() noexcept;

  inline static constinit thread_local worker* current_ = nullptr;

  deque deque_;
  ready_node* first_ready_ = nullptr;
  ready_node* last_ready_ = nullptr;
  const bool alone_;
  std::uint32_t looks_ = 0;
  std::uint32_t victim_ = 0;
  const std::size_t index_;
  scheduler& scheduler_;
  void* woken_ = nullptr;
  void* next_ = nullptr;
  std::optional<frame_cache> frames_;
  std::unique_ptr<support::reactor> reactor_;
  alignas(64) std::atomic<ready_node*> inbox_ = nullptr;  // newest first, written by others
  futex_word state_ = awake;
};

// The one scheduler of thread_pool, fibers and coroutines: a deque per worker with stealing, a
// first-in-first-out queue per worker for what must not be stolen or must wait its turn, and
// workers that look for work for a while (setting `spin`) and then sleep. The thread that enters is
// worker 0.
class scheduler {
 public:
  // `execute` runs one item on the worker that took it.
  using execute_function = void (*)(worker&, void* item);

  scheduler(const bench::settings& s, execute_function execute);
  ~scheduler();
  scheduler(const scheduler&) = delete;

  // Threads for calls that block, made when they are first asked for. Any thread.
  offload_pool& blocking_calls();
  worker& operator[](std::size_t i) { return *workers_[i]; }
  std::size_t size() const { return workers_.size(); }

  // While it lives, the calling thread is worker 0.
  class entry {
   public:
    explicit entry(scheduler& s) : worker_{s[0]} { worker_.become_current(true); }
    ~entry() { worker_.become_current(false); }
    entry(const entry&) = delete;
    worker& self() const { return worker_; }

   private:
    worker& worker_;
  };

 private:
  friend class worker;

  // Workers asleep in the low half, workers that look for work in the high half.
  static constexpr std::uint64_t sleeper = 1, searcher = std::uint64_t{1} << 32;

  void fence_for_sleep() const;
  void wake_one();
  void stop_searching(bool more_work);

  const bench::settings settings_;
  const int spin_;
  const bool asymmetric_;  // the sleeper's fence reaches the others: they need none
  frame_pool frames_;
  alignas(64) std::atomic<std::uint64_t> idle_ = 0;
  std::atomic<bool> stopping_ = false;
  std::once_flag offload_made_;
  std::unique_ptr<offload_pool> offload_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<std::jthread> threads_;
};

inline void worker::notify() {
  // Pairs with fence_for_sleep: either we see the sleeper here, or it sees our item before it
  // sleeps.
  if (scheduler_.asymmetric_) [[likely]] {
    std::atomic_signal_fence(std::memory_order_seq_cst);
  } else {
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  // Somebody sleeps and nobody searches; a searcher would find it, and wakes the next one itself.
  if (scheduler_.idle_.load(std::memory_order_relaxed) - 1 < scheduler::searcher - 1) [[unlikely]]
    scheduler_.wake_one();
}

template <class Stop>
void* worker::next(Stop stop) {
  if (void* item = find()) return item;
  auto& idle = scheduler_.idle_;
  idle.fetch_add(scheduler::searcher, std::memory_order_seq_cst);
  for (;;) {
    // Alone, only the reactor brings work, and to sleep in it is to look.
    const int spin = alone_ && reactor_ ? 0 : scheduler_.spin_;
    for (int round = 0; round <= spin; ++round) {
      if (!alone_ && round % looks_per_poll == 0) take_events();
      if (void* item = find()) {
        scheduler_.stop_searching(true);
        return item;
      }
      if (stop()) {
        scheduler_.stop_searching(anything_to_do());
        return nullptr;
      }
      if (round < spin) __builtin_ia32_pause();
    }
    state_.store(reactor_ ? asleep_in_reactor : asleep, std::memory_order_seq_cst);
    idle.fetch_add(scheduler::sleeper - scheduler::searcher, std::memory_order_seq_cst);
    scheduler_.fence_for_sleep();
    if (anything_to_do() || stop()) end_sleep();
    sleep();
    // Whoever woke us counted us as a searcher again.
  }
}

}  // namespace models::support
