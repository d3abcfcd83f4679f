#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "models/support/processes/remote_failure.hpp"
#include "models/support/processes/shared_arena.hpp"

namespace models::support {

// One task in a process of its own, forked by `run`: what comes of it is written to shared memory.
class task_process {
 public:
  // A task whose result has so many bytes. Throws std::system_error when shared memory is full.
  task_process(shared_arena& arena, std::size_t result_bytes);
  task_process(task_process&& other) noexcept;
  task_process(const task_process&) = delete;
  ~task_process();  // waits for the process

  // Forks a child that calls `body(place for the result)` and ends. Throws std::system_error when
  // the system has no room for another process.
  template <class Body>
  void run(void* slot, const Body& body) {
    slot_ = slot;
    if (!fork()) return;
    try {
      body(result());
      finish(done);
    } catch (...) {
      report_->failure.capture();
      finish(failed);
    }
  }

  // Waits for the process and puts the result into the slot, or throws what the task threw, or
  // process_died where it came to no end.
  void join();

 private:
  enum outcome : std::uint32_t { unfinished, done, failed };
  struct report {
    std::atomic<std::uint32_t> outcome;
    remote_failure failure;
  };
  static_assert(sizeof(report) <= 256);
  static constexpr std::size_t result_offset = 256;  // a cache line's alignment for the result

  bool fork();  // true in the child
  [[noreturn]] void finish(outcome how);
  void* result() const { return reinterpret_cast<std::byte*>(report_) + result_offset; }

  shared_arena* arena_;
  std::size_t result_bytes_;
  report* report_;
  void* slot_ = nullptr;
  pid_t child_ = 0;
};

}  // namespace models::support
