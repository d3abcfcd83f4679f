#pragma once

#include <fmt/format.h>

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/base/limits.hpp"
#include "bench/contract/memory.hpp"
#include "bench/contract/model.hpp"
#include "models/support/base/group.hpp"
#include "models/support/io/blocking_io.hpp"
#include "models/support/supervision/direct_supervision.hpp"
#include "models/support/supervision/event_loop.hpp"
#include "models/support/supervision/time_limit.hpp"
#include "models/support/sync/sync.hpp"
#include "models/support/threads/thread_wait.hpp"

namespace models {

// One OS thread for each task.
class threads : public bench::heap, public support::direct_supervision<threads> {
 public:
  using event_loop = support::event_loop<threads>;
  using sync = support::blocking_sync;
  using io = support::blocking_io;
  using time_limit = support::blocking_time_limit;
  class task_group : public support::spawner<task_group, threads> {
   public:
    explicit task_group(threads& m) : m_{m} {}
    task_group(const task_group&) = delete;
    ~task_group() { join_all(); }

    void start(const auto& call) {
      tasks_.emplace_back([this, call] {
        try {
          call(m_);
        } catch (...) {
          failure_.capture();
        }
      });
    }
    void join() {
      join_all();
      failure_.rethrow();
    }

   private:
    void join_all() {
      for (auto& task : tasks_) task.join();
      tasks_.clear();
    }

    threads& m_;
    support::failure failure_;
    std::vector<std::thread> tasks_;
  };

  static constexpr std::string_view name = "threads";
  static constexpr std::string_view about = "one OS thread for each task; a waiting task holds it";
  static constexpr bench::abilities can{.nests = true,
                                        .waits = true,
                                        .locks = true,
                                        .does_io = true,
                                        .supervises = true,
                                        .cancels = true};
  static std::optional<std::string> cannot(const bench::demand& d, const bench::settings&) {
    const long most = bench::most_threads();
    if (d.live <= most) return std::nullopt;
    return fmt::format("{} threads at a time; this system allows {}", d.live, most);
  }

  explicit threads(const bench::settings&) {}

  template <bench::task_body Body, class... Args>
  auto run(Body body, Args&... args) {
    return body(*this, args...);
  }

  task_group group() { return task_group{*this}; }

  // Blocks the task's thread until the operation is done.
  template <bench::operation Op>
  static auto wait(Op op) {
    return support::block_thread(op);
  }
  static void yield() { std::this_thread::yield(); }

  // The same in a scope; false: withdrawn.
  template <bench::operation Op>
  static bool wait_in(support::cancel_scope& scope, Op& op) {
    return support::block_thread_in(scope, op);
  }
  // Where the task's innermost scope is noted.
  static support::scope_link& scope_place() { return support::this_threads_scope; }
};

}  // namespace models
