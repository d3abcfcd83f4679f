#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "bench/contract/settings.hpp"
#include "bench/contract/task.hpp"

namespace bench {

// What a model's tasks may do. A model states it as `static constexpr bench::abilities can`.
struct abilities {
  bool nests = false;       // a task may itself start and join a group
  bool waits = false;       // a task may wait for a task or for time without holding a worker
  bool locks = false;       // a task may wait for another task's short critical section
  bool does_io = false;     // connect, accept, read, write, files
  bool supervises = false;  // a task may watch the tasks that it starts one by one
  bool cancels = false;     // a task that waits may be told to stop
  bool generates = false;   // a task may stop halfway to hand out an element
  bool maps = false;        // `m.map` runs a body for each of many items
  bool pools = false;       // its workers take calls one by one: apply, apply_async, imap
  bool offloads = false;    // a task may hand a blocking call to a thread and wait for it meanwhile
};

// What a cell will ask of a model: tasks in all, how many of them exist at one time, and how many
// of those have started and wait: a branch in a tree of tasks, where a worker runs its newest task
// first; none where tasks run to their end.
struct demand {
  long tasks = 0;
  long live = 0;
  long parked = live;
};

// A model: built from settings, has a name, makes groups, enters by `run` and hands out memory that
// its tasks share. The whole contract stands in docs/adding-a-model.md.
template <class M>
concept model = std::constructible_from<M, const settings&> &&
    requires(M& m, const demand& d, const settings& s) {
  { M::name } -> std::convertible_to<std::string_view>;
  { M::about } -> std::convertible_to<std::string_view>;
  { M::can } -> std::convertible_to<abilities>;
  // Why these settings rule out that much, or nothing.
  { M::cannot(d, s) } -> std::same_as<std::optional<std::string>>;
  m.group();
  m.template buffer<int>(std::size_t{});
};

// A model whose waits are co_awaited: it has a `task<T>`, and runs a workload's `coroutine` body.
template <class M>
concept awaits = requires {
  typename M::template task<int>;
};

// What a coroutine of model M returns.
template <class M, class T>
using task_of = typename M::template task<T>;

template <class M>
concept nests = M::can.nests;
template <class M>
concept waits = M::can.waits;
template <class M>
concept locks = M::can.locks;
template <class M>
concept does_io = M::can.does_io;
template <class M>
concept generates = M::can.generates;
template <class M>
concept supervises = M::can.supervises;
template <class M>
concept cancels = M::can.cancels;
template <class M>
concept offloads = M::can.offloads;
template <class M>
concept maps = M::can.maps;
template <class M>
concept pools = M::can.pools;

// What `m.with_scope` hands to its body.
template <class M>
using scope_of = typename M::scope;

}  // namespace bench
