#include "models/support/scheduling/offload.hpp"

#include "models/support/processes/helper_process.hpp"

namespace models::support {

offload_pool::offload_pool(int threads, bool in_processes) {
  for (int i = 0; i < threads; ++i)
    threads_.emplace_back([this, in_processes] { serve(in_processes); });
}

offload_pool::~offload_pool() {
  {
    const std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  more_.notify_all();
}

void offload_pool::submit(offloaded& call) {
  {
    const std::lock_guard guard{mutex_};
    calls_.push(call);
  }
  more_.notify_one();
}

bool offload_pool::withdraw(offloaded& call) noexcept {
  const std::lock_guard guard{mutex_};
  return calls_.remove(call);
}

void offload_pool::serve(bool in_process) {
  if (in_process) helper_process::use_in_this_thread();
  std::unique_lock guard{mutex_};
  for (;;) {
    more_.wait(guard, [this] { return stopping_ || !calls_.empty(); });
    auto* const call = calls_.pop();
    if (call == nullptr) return;
    guard.unlock();
    call->run(*call);
    guard.lock();
  }
}

}  // namespace models::support
