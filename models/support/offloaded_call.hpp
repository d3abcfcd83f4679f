#pragma once

#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "bench/task.hpp"
#include "models/support/offload.hpp"
#include "models/support/scheduler.hpp"

namespace models::support {

// A blocking call made by one of the scheduler's threads for such calls, while its task parks.
template <class F, class... Args>
class offloaded_call : offloaded {
  using value = std::invoke_result_t<F, Args...>;

 public:
  explicit offloaded_call(Args... args) : offloaded{&carry_out}, args_{args...} {}

  static bool ready() noexcept { return false; }
  bool park(bench::waiter& w) {
    who_ = &w;
    pool_ = &worker::current()->home().blocking_calls();
    pool_->submit(*this);
    return true;
  }
  bool cancel() noexcept { return pool_->withdraw(*this); }
  value result() {
    if (error_) std::rethrow_exception(std::move(error_));
    if constexpr (!std::is_void_v<value>) return std::move(*value_);
  }

 private:
  static void carry_out(offloaded& o) noexcept {
    auto& self = static_cast<offloaded_call&>(o);
    try {
      if constexpr (std::is_void_v<value>) {
        std::apply(F{}, self.args_);
      } else {
        self.value_.emplace(std::apply(F{}, self.args_));
      }
    } catch (...) {
      self.error_ = std::current_exception();
    }
    self.who_->wake(*self.who_);
  }

  std::tuple<Args...> args_;
  std::optional<std::conditional_t<std::is_void_v<value>, char, value>> value_;
  std::exception_ptr error_;
  bench::waiter* who_ = nullptr;
  offload_pool* pool_ = nullptr;
};

}  // namespace models::support
