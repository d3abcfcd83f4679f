#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

#include "bench/contract/memory.hpp"
#include "bench/contract/model.hpp"
#include "models/support/base/chunks.hpp"
#include "models/support/base/countdown.hpp"
#include "models/support/base/group.hpp"
#include "models/support/base/job.hpp"
#include "models/support/io/blocking_io.hpp"
#include "models/support/scheduling/scheduler.hpp"
#include "models/support/sync/sync.hpp"
#include "models/support/threads/thread_wait.hpp"

namespace models {

// A fixed set of workers over the shared scheduler. A task runs to its end on the worker that took
// it; one that joins a group runs other tasks meanwhile, so that recursion cannot deadlock.
class thread_pool : public bench::heap {
 public:
  using sync = support::blocking_sync;
  using io = support::blocking_io;
  class task_group : public support::spawner<task_group, thread_pool> {
   public:
    explicit task_group(thread_pool& m) : m_{m} {}
    task_group(const task_group&) = delete;
    ~task_group() { help(); }

    template <class Call>
    void start(const Call& call) {
      using job = support::job_of<thread_pool, Call, task_group>;
      auto* const item = job::create(m_, call, *this);
      ++spawned_;
      joiner_->push(item);
    }
    void join() {
      help();
      failure_.rethrow();
    }

   private:
    template <class, class, class>
    friend class support::job_of;

    void capture_failure() noexcept { failure_.capture(); }
    void finish_one() noexcept {
      auto* const joiner = joiner_;  // the group may be gone once it is counted down
      if (left_.finish(joiner->alone())) joiner->wake();
    }

    // Runs tasks, of this group or any other, until all of this group's have finished.
    void help() {
      if (spawned_ == 0) return;
      if (!left_.join(spawned_, joiner_->alone()))
        while (void* item = joiner_->next([this] { return left_.done(); })) {
          execute(*joiner_, item);
          if (left_.done()) break;
        }
      spawned_ = 0;
      left_.reset();
    }

    thread_pool& m_;
    support::worker* const joiner_ = support::worker::current();
    std::int64_t spawned_ = 0;
    support::countdown left_;
    support::failure failure_;
  };

  static constexpr std::string_view name = "thread_pool";
  static constexpr std::string_view about = "a fixed set of worker threads with work stealing";
  static constexpr bench::abilities can{
      .nests = true, .locks = true, .does_io = true, .maps = true};
  static std::optional<std::string> cannot(const bench::demand&, const bench::settings&) {
    return std::nullopt;
  }

  explicit thread_pool(const bench::settings& s) : scheduler_{s, &execute}, chunks_{s} {}

  // Runs `body(m, args...)` on the calling thread, which is a worker meanwhile.
  template <bench::task_body Body, class... Args>
  auto run(Body body, Args&... args) {
    const support::scheduler::entry enter{scheduler_};
    return body(*this, args...);
  }

  task_group group() { return task_group{*this}; }

  // `body(m, item)` for each item, in tasks of `chunk` items; 0: as in chunk_sizes. The results in
  // the order of the items, or, when all tasks are done, the first error.
  template <bench::task_body Body, std::ranges::contiguous_range Items>
  auto map(Body body, const Items& items, std::size_t chunk = 0) {
    return support::map_by_tasks(*this, body, items,
                                 chunk != 0 ? chunk : chunks_.of(std::ranges::size(items)));
  }

  // Blocks the worker until the operation is done.
  template <bench::operation Op>
  static auto wait(Op op) {
    return support::block_thread(op);
  }

 private:
  static void execute(support::worker&, void* item) {
    auto& job = *static_cast<support::job*>(item);
    job.run(job);
  }

  support::scheduler scheduler_;
  support::chunk_sizes chunks_;
};

}  // namespace models
