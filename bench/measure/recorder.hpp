#pragma once

#include <time.h>

#include <cstddef>
#include <cstdint>

#include "bench/contract/memory.hpp"
#include "bench/measure/clock.hpp"
#include "bench/measure/histogram.hpp"

namespace bench {

// Times one thing at a time for a task, which itself never sees the clock. Tasks get it by pointer.
class stopwatch {
 public:
  void start() noexcept { start_ns_ = now_ns(); }
  // What counts is how much later than `due_ns` after its start it is stopped.
  void stop(std::int64_t due_ns = 0) noexcept { late_ns_ = now_ns() - start_ns_ - due_ns; }

  // Sleeps until `due_ns` after its start, and stops: for floors, which have no model to wait by.
  void sleep_and_stop(std::int64_t due_ns) noexcept {
    const auto until = start_ns_ + due_ns;
    const timespec at{.tv_sec = until / 1'000'000'000, .tv_nsec = until % 1'000'000'000};
    while (now_ns() < until &&
           ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) != 0) {
    }
    stop(due_ns);
  }

  // Negative if it was never stopped.
  std::int64_t late_ns() const noexcept { return late_ns_; }

 private:
  std::int64_t start_ns_ = 0;
  std::int64_t late_ns_ = -1;
};

// A workload's latencies: one stopwatch for each thing that it times, in memory that all its tasks
// share, so that no task disturbs another. A set-up that has `histogram latencies() const` gets the
// percentiles of all runs into its row.
class recorder {
 public:
  template <class M>
  recorder(M& m, std::size_t n) : watches_{m.template buffer<stopwatch>(n)} {}

  stopwatch* watch(std::size_t i) const { return &watches_[i]; }
  auto begin() const { return watches_.begin(); }
  auto end() const { return watches_.end(); }

  histogram latencies() const {
    histogram all;
    for (const auto& watch : watches_) all.record(watch.late_ns());
    return all;
  }

 private:
  buffer<stopwatch> watches_;
};

}  // namespace bench
