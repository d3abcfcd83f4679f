#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "bench/memory.hpp"
#include "bench/settings.hpp"
#include "models/support/group.hpp"
#include "models/support/shared_arena.hpp"
#include "models/support/task_backlog.hpp"
#include "models/support/worker_process.hpp"

namespace models::support {

// The tasks of one group that have not come back.
class pool_group {
 public:
  bool finished() const { return open_ == 0; }
  void rethrow() { failure_.rethrow(); }

 private:
  friend class worker_pool;
  long open_ = 0;
  failure failure_;
};

// The parent's side of a process pool: hands tasks to worker processes, collects their results, and
// replaces workers that die. Used by one thread at a time.
//
// A worker gets a chunk when it has no more than one left; the chunk is the setting, or the tasks
// that wait divided by four times the workers, so that chunks shrink towards the end.
class worker_pool {
 public:
  // Forks the workers, and waits until they serve. Throws std::system_error or process_died.
  worker_pool(shared_arena& arena, const bench::settings& s, void* model);
  worker_pool(const worker_pool&) = delete;

  // Hands the task to the worker that has the least to do, at once if one has next to nothing.
  void submit(const pool_task& task, task_backlog::code run, const void* arguments);

  // Returns when all of the group's tasks have come back, done or failed.
  void join(pool_group& group);

  // False in a worker.
  bool here() const;

 private:
  struct member {
    member(pool_state& pool, worker_link& link, unsigned index) : process{pool, link, index} {}
    std::uint32_t outstanding(const worker_link& link) const {
      return link.ring.given() - collected;
    }

    worker_process process;
    std::uint32_t collected = 0;
    std::array<pool_task, worker_link::ring_size> tasks;  // by the ring's places
  };

  std::uint32_t chunk() const;
  void feed(std::size_t i);
  void collect(std::size_t i);
  void pump();
  void finish(const pool_task& task, const task_message& message);
  void fail(const pool_task& task, const std::string& why);
  void sleep(const pool_group& group);
  std::uint32_t wanted(std::size_t i, const pool_group& group) const;
  void replace(std::size_t i);
  void restart_missing();

  void* const model_;
  const pid_t parent_;
  const long chunk_;
  bench::buffer<std::byte> memory_;
  pool_state& state_;
  worker_link* const links_;
  std::vector<std::unique_ptr<member>> workers_;
  std::vector<const life_line*> watched_;  // those of the workers that run
  task_backlog backlog_;
};

}  // namespace models::support
