#include "models/support/processes/task_process.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "models/support/processes/process.hpp"

namespace models::support {

task_process::task_process(shared_arena& arena, std::size_t result_bytes)
    : arena_{&arena},
      result_bytes_{result_bytes},
      report_{static_cast<report*>(arena.allocate(result_offset + result_bytes))} {}

task_process::task_process(task_process&& other) noexcept
    : arena_{other.arena_},
      result_bytes_{other.result_bytes_},
      report_{std::exchange(other.report_, nullptr)},
      slot_{other.slot_},
      child_{std::exchange(other.child_, 0)} {}

task_process::~task_process() {
  if (child_ != 0) reap(child_);
  if (report_ != nullptr) arena_->deallocate(report_, result_offset + result_bytes_);
}

bool task_process::fork() {
  child_ = fork_child();
  return child_ == 0;
}

void task_process::finish(outcome how) {
  report_->outcome.store(how, std::memory_order_release);
  ::_exit(0);
}

void task_process::join() {
  const pid_t child = std::exchange(child_, 0);
  const int status = reap(child);
  switch (report_->outcome.load(std::memory_order_acquire)) {
    case done:
      if (result_bytes_ != 0) std::memcpy(slot_, result(), result_bytes_);
      return;
    case failed:
      report_->failure.rethrow();
    default:
      throw process_died{fmt::format("task process {} {}", child, ending(status))};
  }
}

}  // namespace models::support
