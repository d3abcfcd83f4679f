#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <new>
#include <vector>

#include "models/support/processes/worker_process.hpp"

namespace models::support {

class pool_group;

// What the parent keeps of a task that is under way. It may stand for many items, which one call of
// `map` has put together.
struct pool_task {
  pool_group* group;
  void* slot;
  std::uint16_t result_bytes;
  std::uint16_t argument_bytes;
  std::uint32_t items = 1;
};

// Tasks that no worker has yet, in order, one after another in as many bytes as each needs.
class task_backlog {
 public:
  using code = void (*)(void*, std::byte*);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t items() const { return items_; }

  void push(const pool_task& task, code run, const void* arguments) {
    const auto at = bytes_.size();
    bytes_.resize(at + sizeof(header) + rounded(task.argument_bytes));
    new (&bytes_[at]) header{task, run};
    std::memcpy(&bytes_[at + sizeof(header)], arguments, task.argument_bytes);
    ++size_;
    items_ += task.items;
  }

  // Before all others: a task that a worker had and did not start.
  void push_front(const pool_task& task, const task_message& message) {
    returned_.push_front({task, message});
    ++size_;
    items_ += task.items;
  }

  // Moves the first task into a message.
  pool_task pop(task_message& to) {
    --size_;
    if (!returned_.empty()) {
      const auto task = returned_.front().task;
      to = returned_.front().message;
      returned_.pop_front();
      items_ -= task.items;
      return task;
    }
    const auto& first = *reinterpret_cast<const header*>(&bytes_[first_]);
    const auto task = first.task;
    items_ -= task.items;
    to.run = first.run;
    std::memcpy(to.bytes, &bytes_[first_ + sizeof(header)], task.argument_bytes);
    first_ += sizeof(header) + rounded(task.argument_bytes);
    if (first_ == bytes_.size()) {
      bytes_.clear();
      first_ = 0;
    }
    return task;
  }

 private:
  struct alignas(16) header {
    pool_task task;
    code run;
  };
  struct returned {
    pool_task task;
    task_message message;
  };
  static std::size_t rounded(std::size_t bytes) {
    return (bytes + alignof(header) - 1) / alignof(header) * alignof(header);
  }

  std::size_t size_ = 0, items_ = 0, first_ = 0;
  std::vector<std::byte> bytes_;
  std::deque<returned> returned_;
};

}  // namespace models::support
