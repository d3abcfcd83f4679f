#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>

#include "bench/contract/supervision.hpp"
#include "bench/contract/task.hpp"
#include "models/support/base/lock.hpp"
#include "models/support/supervision/cancel_scope.hpp"

namespace models::support {

class supervisor;

// What a supervisor keeps of a task, up to the scope's end.
struct task_record {
  task_record(supervisor& s, std::uint32_t bytes) : owner{s}, size{bytes} {}
  virtual ~task_record() = default;

  supervisor& owner;
  const std::uint32_t size;
  std::uint32_t index = 0;
  bench::task_state state = bench::task_state::pending;  // under the supervisor's lock
  bool seen = false;                                     // its error has been thrown to somebody
  cancel_scope scope;
  std::exception_ptr error;
  std::function<void(bench::task_state)> on_done;
  task_record* next = nullptr;       // in the order of spawning
  task_record* next_done = nullptr;  // in the order of completion
};

// A task that somebody spawned in a scope. Valid as long as that scope.
class task_handle {
 public:
  task_handle() = default;  // no task
  explicit task_handle(task_record* r) : record_{r} {}
  explicit operator bool() const noexcept { return record_ != nullptr; }

  // Its place in the order of spawning.
  std::size_t index() const noexcept { return record_->index; }
  bench::task_state state() const noexcept;

  // One that has not started will never run; one that runs gets `bench::cancelled` thrown by its
  // wait, the present or the next one; to one that has ended nothing happens. Any thread.
  void cancel() const noexcept { record_->scope.cancel(); }

  // Throws what the task threw, if it has failed, and bench::cancelled if it was cancelled.
  void check() const;

  // Calls `f(state)` when the task has ended, before anybody who waits for it goes on; at once, if
  // it has ended already. By the thread that ends it; it must not throw. One for each task.
  void on_done(std::function<void(bench::task_state)> f) const;

 private:
  task_record* record_ = nullptr;
};

// Keeps count of the tasks of a scope: which have ended, and how. Waiting for them is for one task
// at a time, the one whose scope it is. Same for all models: what starts a task and how one waits
// is their own.
class supervisor {
 public:
  explicit supervisor(bench::on_failure policy) : policy_{policy} {}
  supervisor(const supervisor&) = delete;
  ~supervisor();  // all tasks have ended

  // What the scope's body waits for is cancelled with its tasks.
  cancel_scope& body() noexcept { return body_; }

  // The owner: a task that will be started now.
  void add(task_record& r) noexcept;
  // The task: whether it is to run at all. `finish`, either way, comes last.
  bool begin(task_record& r) noexcept;
  // The task, in a catch block.
  void capture(task_record& r) noexcept;
  void finish(task_record& r) noexcept;

  // Any thread: cancels all tasks that have not ended.
  void cancel_tasks() noexcept;

  std::size_t size() const noexcept { return spawned_; }

  // The first error that nobody has seen; from now on all have been.
  std::exception_ptr unseen_error() noexcept;

  class operation {
   public:
    bool park(bench::waiter& w);
    bool cancel() noexcept;

   protected:
    explicit operation(supervisor& s, bool all) : supervisor_{&s}, all_{all} {}
    bool attempt() { return all_ ? attempt_all() : attempt_next(); }
    bool attempt_all();
    bool attempt_next();

    supervisor* supervisor_;
    const bool all_;
    task_handle next_;
  };
  // A task that has ended, each one once, in the order in which they end; no task, when all have
  // been handed out.
  struct next_operation : operation {
    explicit next_operation(supervisor& s) : operation{s, false} {}
    bool ready();
    task_handle result();
  };
  // Until all have ended. Throws what the first failed one threw, if nobody has seen that.
  struct join_operation : operation {
    explicit join_operation(supervisor& s) : operation{s, true} {}
    bool ready();
    void result() const;
  };
  // The same, and throws nothing.
  struct end_operation : join_operation {
    using join_operation::join_operation;
    void result() const {}
  };

 private:
  friend class task_handle;

  const bench::on_failure policy_;
  mutable lock lock_;
  bool cancelling_ = false;
  std::size_t spawned_ = 0, ended_ = 0, handed_out_ = 0;
  task_record *first_ = nullptr, *last_ = nullptr;
  task_record *first_done_ = nullptr, *last_done_ = nullptr;
  task_record* last_handed_out_ = nullptr;
  bench::waiter* waiter_ = nullptr;
  bool waits_for_all_ = false;
  cancel_scope body_;
};

}  // namespace models::support
