#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "models/support/base/queue.hpp"

namespace models::support {

// A call that blocks, made by a thread whose work that is; it lives until `run` has returned.
struct offloaded {
  void (*run)(offloaded&) noexcept;
  offloaded* next = nullptr;
};

// Threads for blocking calls (setting `offload_threads`), beside the workers: they sleep in system
// calls, so they are no part of the budget of contexts that execute. First come, first served. Each
// may have a process to make the calls in.
class offload_pool {
 public:
  explicit offload_pool(int threads, bool in_processes = false);
  offload_pool(const offload_pool&) = delete;
  ~offload_pool();  // what was submitted is carried out first

  // Any thread.
  void submit(offloaded& call);
  // Any thread: takes a call back. False: a thread has taken it up, or has returned from it.
  bool withdraw(offloaded& call) noexcept;

 private:
  void serve(bool in_process);

  std::mutex mutex_;
  std::condition_variable more_;
  intrusive_queue<offloaded> calls_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace models::support
