#pragma once

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <optional>
#include <string>
#include <string_view>

#include "bench/base/sanitizer.hpp"
#include "bench/contract/memory.hpp"
#include "bench/contract/model.hpp"
#include "models/support/base/group.hpp"
#include "models/support/io/blocking_io.hpp"
#include "models/support/sync/sync.hpp"
#include "models/support/threads/thread_wait.hpp"

namespace models {

// oneTBB's task_group in a task_arena. A task that joins runs others meanwhile. The distribution's
// oneTBB is not instrumented: the thread sanitizer is told the order that it makes between tasks.
class tbb : public bench::heap {
 public:
  using sync = support::blocking_sync;
  using io = support::blocking_io;
  class task_group : public support::spawner<task_group, tbb> {
   public:
    explicit task_group(tbb& m) : m_{m} {}
    ~task_group() { tasks_.wait(); }

    void start(const auto& call) {
      spawned_.before();
      [[maybe_unused]] const bench::unseen_writes made_by_the_library;
      tasks_.run([this, call] {
        spawned_.after();
        try {
          call(m_);
        } catch (...) {
          failure_.capture();
        }
        finished_.before();
      });
    }
    void join() {
      tasks_.wait();
      finished_.after();
      failure_.rethrow();
    }

   private:
    tbb& m_;
    support::failure failure_;
    bench::made_order spawned_;
    bench::made_order finished_;
    ::tbb::task_group tasks_;
  };

  static constexpr std::string_view name = "tbb";
  static constexpr std::string_view about = "oneTBB: task_group in a task_arena";
  static constexpr bench::abilities can{.nests = true, .locks = true, .does_io = true};
  static std::optional<std::string> cannot(const bench::demand&, const bench::settings&) {
    return std::nullopt;
  }

  explicit tbb(const bench::settings& s)
      : threads_{::tbb::global_control::max_allowed_parallelism,
                 static_cast<std::size_t>(s.workers)},
        arena_{s.workers} {}
  ~tbb() {
    arena_.terminate();
    ::tbb::finalize(library_, std::nothrow);  // ends oneTBB's threads: they would outlive the model
  }

  // Runs `body(m, args...)` on the calling thread, which has a slot of the arena meanwhile.
  template <bench::task_body Body, class... Args>
  auto run(Body body, Args&... args) {
    return arena_.execute([&] { return body(*this, args...); });
  }

  task_group group() { return task_group{*this}; }

  template <bench::operation Op>
  static auto wait(Op op) {
    return support::block_thread(op);
  }

 private:
  ::tbb::task_scheduler_handle library_{::tbb::attach{}};
  ::tbb::global_control threads_;
  ::tbb::task_arena arena_;
};

}  // namespace models
