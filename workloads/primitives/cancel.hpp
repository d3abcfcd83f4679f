#pragma once

#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/supervision.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// N tasks that wait for what never comes are told to stop, and joined.
struct cancel {
  static constexpr std::string_view about = "N tasks that wait are cancelled and joined";

  struct input {
    long tasks;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{8}};
      case bench::profile::quick:
        return {{1'000}};
      case bench::profile::standard:
        return {{1'000}, {10'000}};
      case bench::profile::thorough:
        return {{100}, {1'000}, {10'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return {{"tasks", std::to_string(in.tasks)}}; }
  static bench::demand demand(const input& in) { return {.tasks = in.tasks, .live = in.tasks}; }
  static long expected(const input& in) { return in.tasks; }
  static long completed(long answer) { return answer; }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : tasks{in.tasks},
          started{bench::make<bench::channel<M, long>>(m, static_cast<std::size_t>(in.tasks))},
          silent{bench::make<bench::channel<M, long>>(m, std::size_t{1})} {}
    long tasks;
    bench::shared<bench::channel<M, long>> started, silent;
  };

  struct direct {
    template <class M>
    static void wait(M&, bench::channel<M, long>* started, bench::channel<M, long>* silent) {
      started->send(1);
      silent->receive();
    }

    template <class M>
    static long cancel_all(M&, bench::scope_of<M>& scope, setup<M>* s) {
      std::vector<typename bench::scope_of<M>::handle> tasks;
      for (long i = 0; i < s->tasks; ++i)
        tasks.push_back(scope.spawn(bench::fn<wait<M>>, s->started.get(), s->silent.get()));
      for (long i = 0; i < s->tasks; ++i) s->started->receive();
      for (const auto& task : tasks) task.cancel();
      scope.join();
      long cancelled = 0;
      for (const auto& task : tasks) cancelled += task.state() == bench::task_state::cancelled;
      return cancelled;
    }

    template <bench::waits M>
    requires bench::cancels<M>
    static long run(M& m, setup<M>& s) {
      const long n = m.with_scope(bench::on_failure::go_on, bench::fn<cancel_all<M>>, &s);
      return n;
    }
  };

  struct coroutine {
    template <class M>
    static bench::task_of<M, void> wait(M&, bench::channel<M, long>* started,
                                        bench::channel<M, long>* silent) {
      co_await started->send(1);
      co_await silent->receive();
    }

    template <class M>
    static bench::task_of<M, long> cancel_all(M&, bench::scope_of<M>& scope, setup<M>* s) {
      std::vector<typename bench::scope_of<M>::handle> tasks;
      for (long i = 0; i < s->tasks; ++i)
        tasks.push_back(scope.spawn(bench::fn<wait<M>>, s->started.get(), s->silent.get()));
      for (long i = 0; i < s->tasks; ++i) co_await s->started->receive();
      for (const auto& task : tasks) task.cancel();
      co_await scope.join();
      long cancelled = 0;
      for (const auto& task : tasks) cancelled += task.state() == bench::task_state::cancelled;
      co_return cancelled;
    }

    template <bench::waits M>
    requires bench::cancels<M>
    static bench::task_of<M, long> run(M& m, setup<M>& s) {
      const long n = co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel_all<M>>, &s);
      co_return n;
    }
  };
};

}  // namespace workloads
