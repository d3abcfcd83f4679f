#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/contract/memory.hpp"
#include "bench/contract/supervision.hpp"
#include "models/support/processes/async_result.hpp"
#include "models/support/processes/worker_pool.hpp"

namespace models::support {

// Items of one kind that go to the workers in chunks, and their results. They lie in shared memory,
// so that a message holds only where they are.
template <class In, class Out>
class mapped : public pool_group {
 public:
  template <class Arena>
  mapped(Arena& arena, const In* items, std::size_t n, const char* name)
      : name_{name}, in_{arena.template buffer<In>(n)}, out_{arena.template buffer<Out>(n)} {
    std::uninitialized_copy_n(items, n, in_.data());
  }

  const In* in() const { return in_.data(); }
  Out* out() const { return out_.data(); }
  std::size_t size() const { return out_.size(); }

 protected:
  std::size_t first_of(const pool_task& task) const {
    return static_cast<std::size_t>(static_cast<const Out*>(task.slot) - out());
  }
  std::string what(const pool_task& task) const override {
    const auto first = first_of(task);
    return task.items == 1
               ? fmt::format("item {} of {}", first, name_)
               : fmt::format("items {} to {} of {}", first, first + task.items - 1, name_);
  }

 private:
  const char* name_;
  bench::buffer<In> in_;
  bench::buffer<Out> out_;
};

// A call of map_async or starmap_async while it is under way; it keeps itself alive as long.
template <class In, class Out>
class map_call final : public mapped<In, Out>, public async_outcome<std::vector<Out>> {
 public:
  template <class Arena>
  map_call(Arena& arena, worker_pool& pool, pool_callbacks<std::vector<Out>> callbacks,
           const In* items, std::size_t n, std::size_t chunk, const char* name)
      : mapped<In, Out>{arena, items, n, name},
        async_outcome<std::vector<Out>>{pool, std::move(callbacks)},
        chunks_{(n + chunk - 1) / chunk} {}

  void keep(std::shared_ptr<map_call> self) {
    self_ = std::move(self);
    if (chunks_ == 0) this->settle(std::move(self_));
  }

 private:
  void came_back(const pool_task&) override {
    if (--chunks_ != 0) return;
    if (this->error_ == nullptr) this->value_.assign(this->out(), this->out() + this->size());
    this->settle(std::move(self_));
  }
  void failed(const pool_task& task) override {
    if (this->error_ == nullptr) this->error_ = std::current_exception();
    came_back(task);
  }

  std::size_t chunks_;  // that have not come back
  std::shared_ptr<map_call> self_;
};

// What imap and imap_unordered hold while they are under way; it keeps itself alive as long.
template <class In, class Out>
class imap_call final : public mapped<In, Out> {
 public:
  template <class Arena>
  imap_call(Arena& arena, const In* items, std::size_t n, std::size_t chunk, const char* name)
      : mapped<In, Out>{arena, items, n, name}, chunk_{chunk}, back_((n + chunk - 1) / chunk) {}

  void keep(std::shared_ptr<imap_call> self) { self_ = std::move(self); }
  std::size_t chunk() const { return chunk_; }
  bool is_back(std::size_t chunk) const { return back_[chunk]; }
  // The chunks in the order in which they came back.
  std::deque<std::size_t>& order() { return order_; }
  Out get(std::size_t item) const {
    if (const auto error = errors_.find(item / chunk_); error != errors_.end())
      std::rethrow_exception(error->second);
    return this->out()[item];
  }

 private:
  void came_back(const pool_task& task) override {
    const auto chunk = this->first_of(task) / chunk_;
    back_[chunk] = true;
    order_.push_back(chunk);
    if (++n_back_ == back_.size()) self_.reset();
  }
  void failed(const pool_task& task) override {
    errors_[this->first_of(task) / chunk_] = std::current_exception();
    came_back(task);
  }

  std::size_t chunk_;
  std::vector<bool> back_;
  std::size_t n_back_ = 0;
  std::deque<std::size_t> order_;
  std::map<std::size_t, std::exception_ptr> errors_;
  std::shared_ptr<imap_call> self_;
};

// The results of imap or imap_unordered, one by one. It may go before they are all taken; it must
// not outlive the model.
template <class In, class Out>
class imap_results {
 public:
  imap_results(worker_pool& pool, std::shared_ptr<imap_call<In, Out>> call, bool ordered)
      : pool_{&pool}, call_{std::move(call)}, ordered_{ordered} {}

  // Waits for the next result; empty after the last. Throws what the item's chunk failed with: for
  // each of its items, and the others can be had all the same. Throws bench::timed_out after so
  // many nanoseconds; the result is then still to come.
  std::optional<Out> next(std::int64_t ns = worker_pool::forever) {
    if (taken_ == call_->size()) return {};
    if (item_ == end_ && !next_chunk(ns)) throw bench::timed_out{};
    ++taken_;
    return call_->get(item_++);
  }

 private:
  bool next_chunk(std::int64_t ns) {
    std::size_t chunk = taken_ / call_->chunk();
    if (ordered_) {
      if (!pool_->wait_until([&] { return call_->is_back(chunk); }, ns)) return false;
    } else {
      if (!pool_->wait_until([&] { return !call_->order().empty(); }, ns)) return false;
      chunk = call_->order().front();
      call_->order().pop_front();
    }
    item_ = chunk * call_->chunk();
    end_ = std::min(item_ + call_->chunk(), call_->size());
    return true;
  }

  worker_pool* pool_;
  std::shared_ptr<imap_call<In, Out>> call_;
  bool ordered_;
  std::size_t taken_ = 0;           // results so far
  std::size_t item_ = 0, end_ = 0;  // what is left of the chunk that is being handed out
};

}  // namespace models::support
