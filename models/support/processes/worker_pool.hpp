#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/contract/memory.hpp"
#include "bench/contract/settings.hpp"
#include "models/support/base/chunks.hpp"
#include "models/support/base/group.hpp"
#include "models/support/base/timing.hpp"
#include "models/support/processes/shared_arena.hpp"
#include "models/support/processes/task_backlog.hpp"
#include "models/support/processes/worker_process.hpp"

namespace models::support {

// A pool that was closed or terminated is given a task.
struct pool_closed : std::logic_error {
  using logic_error::logic_error;
};

// What a task ends with that was under way when its pool was terminated.
struct pool_terminated : std::runtime_error {
  using runtime_error::runtime_error;
};

// The tasks of one group or call that have not come back. It hears of each one that does, while the
// pool's rings are being looked at: it may end there, but must not give the pool more to do.
class pool_group {
 public:
  pool_group() = default;
  pool_group(const pool_group&) = delete;
  virtual ~pool_group() = default;

  bool finished() const { return open_ == 0; }
  void rethrow() { failure_.rethrow(); }

 protected:
  virtual void came_back(const pool_task&) {}
  virtual void failed(const pool_task&) { failure_.capture(); }  // in a catch block
  // What a worker ran, for the error where it dies.
  virtual std::string what(const pool_task&) const { return "this task"; }

 private:
  friend class worker_pool;
  long open_ = 0;
  failure failure_;
};

// The parent's side of a process pool: hands tasks to worker processes, collects their results, and
// replaces workers that die; the others work on while a new one starts. Used by one thread at a
// time.
//
// A worker gets a chunk when it has no more than one left; the chunk is the setting, or the items
// that wait divided by four times the workers, so that chunks shrink towards the end.
class worker_pool {
 public:
  // Starts the workers, and waits until they serve. Those that are not simply forked are given
  // `entry`, which is to make a model around the arena and call its pool's `serve`. Throws
  // std::system_error or process_died.
  worker_pool(shared_arena& arena, const bench::settings& s, void* model, program_entry entry);
  // In a process that was given `entry`.
  explicit worker_pool(const entry_words& words);
  worker_pool(const worker_pool&) = delete;
  ~worker_pool();  // kills the workers; what is under way fails, and no callback is called

  // Hands the task to the worker that has the least to do, at once if one has next to nothing.
  // Throws pool_closed.
  void submit(const pool_task& task, task_backlog::code run, const void* arguments);

  // Returns when all of the group's tasks have come back, done or failed.
  void join(pool_group& group);

  // Returns when `done()`, which is asked again when a task has come back. False: so many
  // nanoseconds have passed before that.
  template <class Done>
  bool wait_until(Done done, std::int64_t ns = forever) {
    const auto deadline = ns == forever || done() ? forever : monotonic_ns() + ns;
    if (!done()) revive();
    while (!done()) {
      poll();
      if (done()) break;
      if (deadline != forever && monotonic_ns() >= deadline) return false;
      sleep(nullptr, deadline);
    }
    return true;
  }
  static constexpr std::int64_t forever = std::numeric_limits<std::int64_t>::max();

  // Throws pool_closed once it is.
  void must_be_open() const;

  // Takes what has come back and makes the calls that wait for that.
  void poll();
  // A call to be made, by who waits or polls, once the rings are no more looked at.
  void call_later(std::function<void()> call) { calls_.push_back(std::move(call)); }

  void close();        // from now on no task is taken
  void terminate();    // the same, and the workers are killed at once: what is under way fails
  void wait_closed();  // until all is done; ends the workers. Throws std::logic_error when open

  const chunk_sizes& chunks() const { return chunks_; }

  // In a process that was given `entry`: becomes the worker that it is to be.
  [[noreturn]] void serve(const entry_words& words, void* model);

  // False in a worker.
  bool here() const;

 private:
  struct member {
    member(pool_state& pool, worker_link& link, unsigned index, process_starter& starter)
        : process{pool, link, index, starter} {}
    std::uint32_t outstanding(const worker_link& link) const {
      return link.ring.given() - collected;
    }

    worker_process process;
    int failed_starts = 0;  // since it served last
    std::uint32_t collected = 0;
    std::size_t items = 0;                                // of the outstanding tasks
    std::array<pool_task, worker_link::ring_size> tasks;  // by the ring's places
  };
  enum class phase : std::uint8_t { open, closed, terminated };

  bool spent(std::size_t i) const;  // has been given all that one process shall run
  void note(std::size_t i, const pool_task& task);
  void feed(std::size_t i);
  void collect(std::size_t i);
  void pump();
  void finish(const pool_task& task, const task_message& message);
  template <class Error>
  static void fail(const pool_task& task, const std::string& why);
  void sleep(const pool_group* group, std::int64_t deadline = forever);
  std::uint32_t wanted(std::size_t i, const pool_group* group) const;
  bool admit(std::size_t i);
  void replace(std::size_t i);
  void start_missing();
  bool nobody_is_there() const;  // neither to serve nor about to
  void fail_without_workers(const std::string& why);
  void revive();
  bool idle() const;
  void stop() noexcept;

  void* const model_;
  const pid_t parent_;
  const chunk_sizes chunks_;
  const std::uint32_t most_tasks_;
  bench::buffer<std::byte> memory_;
  pool_state& state_;
  worker_link* const links_;
  std::optional<process_starter> starter_;
  phase phase_ = phase::open;
  std::vector<std::unique_ptr<member>> workers_;
  std::vector<const life_line*> watched_;  // those of the workers that serve, in a sleep
  task_backlog backlog_;
  std::deque<std::function<void()>> calls_;
};

template <class Error>
void worker_pool::fail(const pool_task& task, const std::string& why) {
  --task.group->open_;
  try {
    throw Error{why};
  } catch (...) {
    task.group->failed(task);
  }
}

}  // namespace models::support
