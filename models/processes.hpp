#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "bench/base/limits.hpp"
#include "bench/contract/model.hpp"
#include "models/support/base/group.hpp"
#include "models/support/io/blocking_io.hpp"
#include "models/support/processes/shared_arena.hpp"
#include "models/support/processes/shared_sync.hpp"
#include "models/support/processes/task_process.hpp"
#include "models/support/threads/thread_wait.hpp"

namespace models {

// One forked process for each task. A task sees a copy of what its parent's memory was when it was
// spawned, and the model's buffers themselves. Starting one costs a copy of the parent's page
// tables, about 35 us for each MiB that the parent has touched; the model's buffers are shared
// mappings, whose page tables are not copied. vfork and CLONE_VM would save that, but leave parent
// and child on one stack and one heap: no processes any more.
class processes : public support::shared_arena {
 public:
  class task_group : public support::spawner<task_group, processes> {
   public:
    explicit task_group(processes& m) : m_{m} {}
    task_group(const task_group&) = delete;

    template <class T, bench::task_body Body, class... Args>
    void start(const support::call<processes, T, Body, Args...>& call) {
      if constexpr (std::is_void_v<T>) {
        support::task_process task{m_, 0};
        task.run(nullptr, [&](void*) { call(m_); });
        tasks_.push_back(std::move(task));
      } else {
        static_assert(bench::message<T>, "a result crosses between processes: it is plain bytes");
        support::task_process task{m_, sizeof(T)};
        task.run(call.slot, [&](void* place) {
          auto here = call;
          here.slot = static_cast<T*>(place);
          here(m_);
        });
        tasks_.push_back(std::move(task));
      }
    }

    // Waits for every task, then throws the error of the first, in the order of spawning, that had
    // one.
    void join() {
      for (auto& task : tasks_) try {
          task.join();
        } catch (...) {
          failure_.capture();
        }
      tasks_.clear();
      failure_.rethrow();
    }

   private:
    processes& m_;
    support::failure failure_;
    std::vector<support::task_process> tasks_;
  };

  static constexpr std::string_view name = "processes";
  static constexpr std::string_view about = "one forked process for each task";
  static constexpr bench::abilities can{
      .nests = true, .waits = true, .locks = true, .does_io = true};
  using sync = support::shared_sync;
  using io = support::forked_io;
  static std::optional<std::string> cannot(const bench::demand& d, const bench::settings&) {
    const long most = bench::most_processes();
    if (d.live <= most) return std::nullopt;
    return fmt::format("{} processes at a time; this system allows {}", d.live, most);
  }

  explicit processes(const bench::settings&) {}

  template <bench::task_body Body, class... Args>
  auto run(Body body, Args&... args) {
    return body(*this, args...);
  }

  task_group group() { return task_group{*this}; }

  // Blocks the task's process until the operation is done.
  template <bench::operation Op>
  static auto wait(Op op) {
    return support::block_thread(op);
  }
};

}  // namespace models
