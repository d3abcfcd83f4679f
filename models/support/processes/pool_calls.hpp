#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "bench/contract/task.hpp"
#include "models/support/base/call.hpp"
#include "models/support/processes/pool_results.hpp"

namespace models::support {

// The calls that multiprocessing.Pool has, over a model's worker processes: for the thread that
// built the model, and for one at a time. M has `submit(group, call)`, `pool_` and
// `must_be_parent()`.
//
// A body is a task's: `body(m, item)`. What it throws rises at the caller as remote_error; where a
// worker dies its call or chunk fails with process_died, which says which one. Once the pool is
// closed or terminated each of these throws pool_closed.
template <class M>
class pool_calls {
  template <class Body, class... Args>
  using result_of = std::invoke_result_t<Body, M&, Args...>;
  template <class Range>
  using item_of = std::ranges::range_value_t<Range>;
  template <class Body, class Items>
  using results_of = std::vector<result_of<Body, item_of<Items>>>;

  // A body whose one item holds the arguments.
  template <class Body>
  struct spread {
    template <class Item>
    auto operator()(M& m, const Item& item) const {
      return std::apply([&m](const auto&... parts) { return Body{}(m, parts...); }, item);
    }
  };

 public:
  // Runs `body(m, args...)` in a worker and waits for its result.
  template <bench::task_body Body, bench::message... Args>
  result_of<Body, Args...> apply(Body, Args... args) {
    auto group = self().group();
    if constexpr (std::is_void_v<result_of<Body, Args...>>) {
      group.spawn(Body{}, args...);
      group.join();
    } else {
      result_of<Body, Args...> result{};
      group.spawn(&result, Body{}, args...);
      group.join();
      return result;
    }
  }

  // The same without waiting; either callback may be left out.
  template <bench::task_body Body, bench::message... Args>
  async_result<result_of<Body, Args...>> apply_async(
      pool_callbacks<result_of<Body, Args...>> callbacks, Body, Args... args) {
    using T = result_of<Body, Args...>;
    begin();
    auto state = std::make_shared<async_call<T>>(self().pool_, std::move(callbacks));
    state->keep(state);
    if constexpr (std::is_void_v<T>) {
      self().submit(*state, call<M, T, Body, Args...>{{}, {args...}});
    } else {
      self().submit(*state, call<M, T, Body, Args...>{state->slot(), {args...}});
    }
    return async_result<T>{std::move(state)};
  }
  template <bench::task_body Body, bench::message... Args>
  async_result<result_of<Body, Args...>> apply_async(Body body, Args... args) {
    return apply_async(pool_callbacks<result_of<Body, Args...>>{}, body, args...);
  }

  // `body(m, item)` for each item, `chunk` of them in one message, which succeed or fail together.
  // The results in the order of the items, or, when all chunks have come back, the first error.
  // chunk 0: the setting, or ceil(n / 4 workers).
  template <bench::task_body Body, std::ranges::contiguous_range Items>
  results_of<Body, Items> map(Body body, const Items& items, std::size_t chunk = 0) {
    return map(body, items, chunk, "map");
  }
  // The same without waiting; the callbacks are given all results, or the first error, once all
  // chunks have come back.
  template <bench::task_body Body, std::ranges::contiguous_range Items>
  auto map_async(pool_callbacks<results_of<Body, Items>> callbacks, Body body, const Items& items,
                 std::size_t chunk = 0) {
    return map_async(std::move(callbacks), body, items, chunk, "map_async");
  }
  template <bench::task_body Body, std::ranges::contiguous_range Items>
  auto map_async(Body body, const Items& items, std::size_t chunk = 0) {
    return map_async({}, body, items, chunk, "map_async");
  }

  // As map and map_async, for items that are tuples: `body(m, part...)`.
  template <bench::task_body Body, std::ranges::contiguous_range Items>
  results_of<spread<Body>, Items> starmap(Body, const Items& items, std::size_t chunk = 0) {
    return map(spread<Body>{}, items, chunk, "starmap");
  }
  template <bench::task_body Body, std::ranges::contiguous_range Items>
  auto starmap_async(pool_callbacks<results_of<spread<Body>, Items>> callbacks, Body,
                     const Items& items, std::size_t chunk = 0) {
    return map_async(std::move(callbacks), spread<Body>{}, items, chunk, "starmap_async");
  }
  template <bench::task_body Body, std::ranges::contiguous_range Items>
  auto starmap_async(Body, const Items& items, std::size_t chunk = 0) {
    return map_async({}, spread<Body>{}, items, chunk, "starmap_async");
  }

  // The same, whose results can be taken while others are under way: in the order of the items, or
  // as they come.
  template <bench::task_body Body, std::ranges::contiguous_range Items>
  auto imap(Body body, const Items& items, std::size_t chunk = 1) {
    return imap(body, items, chunk, "imap", true);
  }
  template <bench::task_body Body, std::ranges::contiguous_range Items>
  auto imap_unordered(Body body, const Items& items, std::size_t chunk = 1) {
    return imap(body, items, chunk, "imap_unordered", false);
  }

  // Takes what has come back, and calls the callbacks for it, without waiting.
  void poll() { self().pool_.poll(); }

  // No more tasks: what is under way will be done.
  void close() { self().pool_.close(); }
  // Kills the workers at once. What is under way fails with pool_terminated.
  void terminate() { self().pool_.terminate(); }
  // After close or terminate, or else std::logic_error: waits until all is done and the workers are
  // gone.
  void join() { self().pool_.wait_closed(); }

 private:
  M& self() { return static_cast<M&>(*this); }
  void begin() {
    self().must_be_parent();
    self().pool_.must_be_open();
  }

  // What a worker is given for a chunk: where the items and the results are.
  template <class Body, class In, class Out>
  struct chunk_call {
    const In* in;
    Out* out;
    std::size_t n;
    void operator()(M& m) const {
      std::transform(in, in + n, out, [&](const In& item) { return Body{}(m, item); });
    }
  };

  template <class Body, class In, class Out>
  void hand_out(mapped<In, Out>& group, std::size_t chunk) {
    // Of a std::tuple of plain bytes the assignment alone is not trivial.
    static_assert(std::is_trivially_copy_constructible_v<In> &&
                      std::is_trivially_destructible_v<In> && bench::message<Out>,
                  "items and results cross between processes: they are plain bytes");
    using task = chunk_call<Body, In, Out>;
    for (std::size_t first = 0; first < group.size(); first += chunk) {
      const auto n = std::min(chunk, group.size() - first);
      const task call{group.in() + first, group.out() + first, n};
      self().pool_.submit(
          {&group, group.out() + first, 0, sizeof(task), static_cast<std::uint32_t>(n)},
          &M::template run<task>, &call);
    }
  }

  template <class Body, class Items>
  results_of<Body, Items> map(Body, const Items& items, std::size_t chunk, const char* name) {
    begin();
    const auto n = std::ranges::size(items);
    mapped<item_of<Items>, result_of<Body, item_of<Items>>> group{self(), std::ranges::data(items),
                                                                  n, name};
    hand_out<Body>(group, chunk != 0 ? chunk : self().pool_.chunks().of(n));
    self().pool_.join(group);
    group.rethrow();
    return {group.out(), group.out() + n};
  }

  template <class Body, class Items>
  async_result<results_of<Body, Items>> map_async(pool_callbacks<results_of<Body, Items>> callbacks,
                                                  Body, const Items& items, std::size_t chunk,
                                                  const char* name) {
    begin();
    const auto n = std::ranges::size(items);
    if (chunk == 0) chunk = self().pool_.chunks().of(n);
    auto state = std::make_shared<map_call<item_of<Items>, result_of<Body, item_of<Items>>>>(
        self(), self().pool_, std::move(callbacks), std::ranges::data(items), n, chunk, name);
    state->keep(state);
    hand_out<Body>(*state, chunk);
    return async_result<results_of<Body, Items>>{std::move(state)};
  }

  template <class Body, class Items>
  auto imap(Body, const Items& items, std::size_t chunk, const char* name, bool ordered) {
    using In = item_of<Items>;
    using Out = result_of<Body, In>;
    begin();
    auto state = std::make_shared<imap_call<In, Out>>(self(), std::ranges::data(items),
                                                      std::ranges::size(items),
                                                      std::max<std::size_t>(chunk, 1), name);
    if (state->size() != 0) state->keep(state);
    hand_out<Body>(*state, state->chunk());
    return imap_results<In, Out>{self().pool_, std::move(state), ordered};
  }
};

}  // namespace models::support
