#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "bench/contract/supervision.hpp"
#include "models/support/processes/worker_pool.hpp"

namespace models::support {

// What becomes of one call, told in the parent while it waits for the pool or polls it. What a
// callback throws leaves by that wait.
template <class T>
struct pool_callbacks {
  std::function<void(const T&)> callback{};
  std::function<void(const std::exception&)> error_callback{};
};
template <>
struct pool_callbacks<void> {
  std::function<void()> callback{};
  std::function<void(const std::exception&)> error_callback{};
};

// What a call that nobody waits for has come to, and who is told.
template <class T>
class async_outcome {
 public:
  using value_type = std::conditional_t<std::is_void_v<T>, char, T>;

  async_outcome(worker_pool& pool, pool_callbacks<T> callbacks)
      : pool_{pool}, callbacks_{std::move(callbacks)} {}

  worker_pool& pool() { return pool_; }
  bool settled() const { return settled_; }
  bool is_error() const { return error_ != nullptr; }
  T get() const {
    if (error_) std::rethrow_exception(error_);
    if constexpr (!std::is_void_v<T>) return value_;
  }

 protected:
  ~async_outcome() = default;

  // The value or the error is there: it is told once the pool's rings are no more looked at.
  void settle(std::shared_ptr<async_outcome> self) {
    pool_.call_later([self = std::move(self)] {
      self->settled_ = true;
      self->call_back();
    });
  }

  value_type value_{};
  std::exception_ptr error_;

 private:
  void call_back() {
    if (error_ == nullptr) {
      if (!callbacks_.callback) return;
      if constexpr (std::is_void_v<T>) {
        callbacks_.callback();
      } else {
        callbacks_.callback(value_);
      }
    } else if (callbacks_.error_callback) {
      try {
        std::rethrow_exception(error_);
      } catch (const std::exception& e) {
        callbacks_.error_callback(e);
      }
    }
  }

  worker_pool& pool_;
  pool_callbacks<T> callbacks_;
  bool settled_ = false;
};

// A call of apply_async while it is under way; it keeps itself alive as long.
template <class T>
class async_call final : public pool_group, public async_outcome<T> {
 public:
  using async_outcome<T>::async_outcome;

  typename async_outcome<T>::value_type* slot() { return &this->value_; }
  void keep(std::shared_ptr<async_call> self) { self_ = std::move(self); }

 private:
  void came_back(const pool_task&) override { this->settle(std::move(self_)); }
  void failed(const pool_task& task) override {
    this->error_ = std::current_exception();
    came_back(task);
  }
  std::string what(const pool_task&) const override { return "this call"; }

  std::shared_ptr<async_call> self_;
};

// The parent's hold on a call of apply_async, map_async or starmap_async. It may go before the call
// is done, which is then done all the same; it is of no use after the model has gone.
template <class T>
class async_result {
 public:
  explicit async_result(std::shared_ptr<async_outcome<T>> call) : call_{std::move(call)} {}

  // Looks without waiting; true from when the callback was called.
  bool ready() const {
    if (!call_->settled()) call_->pool().poll();
    return call_->settled();
  }
  // Throws std::logic_error where it is not ready.
  bool successful() const {
    if (!ready()) throw std::logic_error{"successful: the call is not done yet; wait for it first"};
    return !call_->is_error();
  }
  // False: it is not ready after so many nanoseconds.
  bool wait(std::int64_t ns = worker_pool::forever) const {
    return call_->settled() || call_->pool().wait_until([this] { return call_->settled(); }, ns);
  }
  // Waits; the result, or what the call threw. Throws bench::timed_out after so many nanoseconds:
  // the call goes on, and may be waited for again.
  T get(std::int64_t ns = worker_pool::forever) const {
    if (!wait(ns)) throw bench::timed_out{};
    return call_->get();
  }

 private:
  std::shared_ptr<async_outcome<T>> call_;
};

}  // namespace models::support
