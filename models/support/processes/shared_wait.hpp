#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>

#include "bench/contract/task.hpp"
#include "models/support/base/futex.hpp"
#include "models/support/processes/robust_mutex.hpp"

namespace models::support {

// A wait of a task that is a process: it blocks, where its result is asked for.
template <class Work>
struct blocking_operation {
  Work work;
  bool ready() { return true; }
  bool park(bench::waiter&) { return false; }
  auto result() { return work(); }
};
template <class Work>
blocking_operation(Work) -> blocking_operation<Work>;

// A wake-up may go to a process that is killed before it acts on it, and who should have given one
// may be killed before: whoever sleeps looks by itself after 50 ms, and from then on ever more
// rarely, down to every 1.6 s, for thousands that look all the time would have no processor left
// for who works. False: nobody woke this process.
inline bool futex_wait_patiently(const futex_word& word, std::uint32_t expected) {
  constexpr long first_ns = 50'000'000, ns_per_s = 1'000'000'000;
  constexpr int most_doublings = 5;
  thread_local int in_vain = 0;  // times in a row
  const long patience_ns = first_ns << std::min(in_vain, most_doublings);
  const timespec patience{.tv_sec = patience_ns / ns_per_s, .tv_nsec = patience_ns % ns_per_s};
  const bool woken = futex_wait(word, expected, futex_scope::system, &patience);
  in_vain = woken ? 0 : in_vain + 1;
  return woken;
}

// Processes that sleep until what a robust_mutex guards has changed. A sleeper that is killed stays
// counted, which costs its peers a wake-up too many and nothing else.
class shared_sleepers {
 public:
  // Lets the mutex go, sleeps until a release, and takes it again; may return early for no reason.
  // False: patience has run out, and it is up to this sleeper to see whether somebody has died. Of
  // many sleepers a few get to hear that.
  bool sleep(robust_mutex& held) {
    const auto seen = changes_.load(std::memory_order_relaxed);
    sleepers_.fetch_add(1, std::memory_order_relaxed);
    held.unlock();
    const bool woken = futex_wait_patiently(changes_, seen);
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
    held.lock();
    return woken || ++expired_ % (1 + sleepers_.load(std::memory_order_relaxed) / 4) != 0;
  }

  // Lets the mutex go and wakes one sleeper, or all.
  void release(robust_mutex& held) { wake(held, 1); }
  void release_all(robust_mutex& held) { wake(held, INT_MAX); }

 private:
  void wake(robust_mutex& held, int n) {
    changes_.fetch_add(1, std::memory_order_relaxed);
    const bool anyone = sleepers_.load(std::memory_order_relaxed) != 0;
    held.unlock();
    if (anyone) futex_wake(changes_, n, futex_scope::system);
  }

  futex_word changes_ = 0;
  std::atomic<std::uint32_t> sleepers_ = 0;
  std::uint32_t expired_ = 0;
};

}  // namespace models::support
