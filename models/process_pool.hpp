#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "bench/base/limits.hpp"
#include "bench/contract/model.hpp"
#include "models/support/base/group.hpp"
#include "models/support/io/blocking_io.hpp"
#include "models/support/processes/pool_calls.hpp"
#include "models/support/processes/shared_arena.hpp"
#include "models/support/processes/shared_sync.hpp"
#include "models/support/processes/worker_pool.hpp"
#include "models/support/threads/thread_wait.hpp"

namespace models {

// A fixed set of processes, started when the model is built (setting `start_method`), which get
// tasks as messages over rings in shared memory and answer in place. The thread that builds the
// model must outlive it, and where it forks them there should be no other threads then. A worker
// that dies fails the task that it ran, and is replaced.
class process_pool : public support::shared_arena, public support::pool_calls<process_pool> {
 public:
  class task_group : public support::spawner<task_group, process_pool> {
   public:
    explicit task_group(process_pool& m) : m_{m} { m.must_be_parent(); }
    task_group(const task_group&) = delete;
    ~task_group() { m_.pool_.join(group_); }

    void start(const auto& call) { m_.submit(group_, call); }
    void join() {
      m_.pool_.join(group_);
      group_.rethrow();
    }

   private:
    process_pool& m_;
    support::pool_group group_;
  };

  static constexpr std::string_view name = "process_pool";
  static constexpr std::string_view about =
      "a fixed set of worker processes, fed over rings in shared memory";
  static constexpr bench::abilities can{
      .locks = true, .does_io = true, .maps = true, .pools = true};
  using sync = support::shared_sync;
  using io = support::forked_io;
  static std::optional<std::string> cannot(const bench::demand&, const bench::settings& s) {
    const long most = bench::most_processes();
    if (s.workers <= most) return std::nullopt;
    return fmt::format("{} worker processes; this system allows {}", s.workers, most);
  }

  explicit process_pool(const bench::settings& s)
      : shared_arena{support::process_starter::needs_named_memory(s.start_method)},
        pool_{*this, s, this, &serve} {}

  template <bench::task_body Body, class... Args>
  auto run(Body body, Args&... args) {
    return body(*this, args...);
  }

  task_group group() { return task_group{*this}; }

  // Blocks the worker until the operation is done.
  template <bench::operation Op>
  static auto wait(Op op) {
    return support::block_thread(op);
  }

 private:
  friend class support::pool_calls<process_pool>;

  // In a worker that was not simply forked: the model as it sees it.
  explicit process_pool(const support::entry_words& words) : shared_arena{words}, pool_{words} {}
  static void serve(const support::entry_words& words) {
    process_pool m{words};
    m.pool_.serve(words, &m);
  }

  void must_be_parent() const {
    if (!pool_.here()) throw std::logic_error{"process_pool: a task cannot start tasks of its own"};
  }

  // Gives a call to a worker as one of the group's tasks.
  template <class T, bench::task_body Body, class... Args>
  void submit(support::pool_group& group,
              const support::call<process_pool, T, Body, Args...>& call) {
    using task = support::call<process_pool, T, Body, Args...>;
    constexpr auto bytes = static_cast<std::uint16_t>(sizeof(task));
    static_assert(sizeof(task) <= support::task_message::capacity,
                  "these arguments are too big for a message: put them into an m.buffer and pass a "
                  "pointer");
    if constexpr (std::is_void_v<T>) {
      pool_.submit({&group, nullptr, 0, bytes}, &run<task>, &call);
    } else {
      static_assert(bench::message<T>, "a result crosses between processes: it is plain bytes");
      static_assert(sizeof(T) <= support::task_message::capacity,
                    "this result is too big for a message: let the task write it into an m.buffer");
      pool_.submit({&group, call.slot, sizeof(T), bytes}, &run<task, T>, &call);
    }
  }

  // In the worker: from the arguments in a message to the result in the same place.
  template <class Call, class T = void>
  static void run(void* model, std::byte* bytes) {
    alignas(Call) std::byte place[sizeof(Call)];
    std::memcpy(place, bytes, sizeof(Call));
    auto& call = *std::launder(reinterpret_cast<Call*>(place));
    auto& m = *static_cast<process_pool*>(model);
    if constexpr (std::is_void_v<T>) {
      call(m);
    } else {
      alignas(T) std::byte result[sizeof(T)];
      call.slot = reinterpret_cast<T*>(result);
      call(m);
      std::memcpy(bytes, result, sizeof(T));
    }
  }

  support::worker_pool pool_;
};

}  // namespace models
