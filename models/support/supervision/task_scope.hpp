#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <utility>

#include "bench/contract/supervision.hpp"
#include "models/support/base/frame_pool.hpp"
#include "models/support/supervision/supervisor.hpp"

namespace models::support {

// A checkpoint: a wait for nothing, by which a task that computes lets itself be cancelled.
struct checkpoint_operation {
  static bool ready() noexcept { return false; }
  static bool park(bench::waiter&) noexcept { return false; }
  static void result() noexcept {}
};

// A group whose tasks are watched one by one: `with_scope` makes it, hands it to its body, and
// leaves when all its tasks have ended, whatever happens. Its members are for that body. What both
// colours have in common; each wait is `x` in a direct body and `co_await x` in a coroutine.
template <class M>
class task_scope_base {
 public:
  using handle = task_handle;

  task_scope_base(M& m, bench::on_failure policy) : m_{m}, supervisor_{policy}, group_{m} {}

  // The next task that has ended, each one once; no task, when there is none left.
  auto next() { return M::wait_for_tasks(supervisor::next_operation{supervisor_}); }
  // Until all tasks have ended. Throws the first error that nobody has seen.
  auto join() { return M::wait_for_tasks(supervisor::join_operation{supervisor_}); }
  // Until all have ended, for `ns` at most; whether they have. The handles say which.
  auto join_for(std::int64_t ns) {
    return M::wait_for_tasks_within(ns, supervisor::end_operation{supervisor_});
  }
  // Cancels all tasks.
  void cancel() noexcept { supervisor_.cancel_tasks(); }
  // How many have been spawned.
  std::size_t size() const noexcept { return supervisor_.size(); }

 protected:
  auto end() { return M::wait_for_tasks(supervisor::end_operation{supervisor_}); }
  cancel_scope& body() noexcept { return supervisor_.body(); }

  template <class Record, class... Args>
  Record& add_record(Args&&... args) {
    auto* const r = new (allocate_frame(sizeof(Record))) Record{
        supervisor_, static_cast<std::uint32_t>(sizeof(Record)), std::forward<Args>(args)...};
    supervisor_.add(*r);
    return *r;
  }

  // When the body has left and all tasks have ended: throws what is to be thrown. What the body
  // threw goes first; but where that is the end of its own wait because a task failed, what counts
  // is why.
  void conclude(const std::exception_ptr& thrown, bool by_cancellation) {
    const bool on_failure = by_cancellation && body().thrown(cancel_scope::sibling_failed) &&
                            !body().thrown(cancel_scope::from_outside);
    if (thrown && !on_failure) std::rethrow_exception(thrown);
    if (const auto error = supervisor_.unseen_error()) std::rethrow_exception(error);
    if (thrown) std::rethrow_exception(thrown);
  }

  M& m_;
  supervisor supervisor_;
  typename M::task_group group_;
};

}  // namespace models::support
