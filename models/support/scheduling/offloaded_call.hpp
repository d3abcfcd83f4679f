#pragma once

#include <cstddef>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

#include "bench/contract/task.hpp"
#include "models/support/processes/helper_process.hpp"
#include "models/support/scheduling/offload.hpp"
#include "models/support/scheduling/scheduler.hpp"

namespace models::support {

// A blocking call made by one of the scheduler's threads for such calls, or by that thread's
// process, while its task parks. To a process the arguments and the result go as plain bytes.
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
      if (auto* const process = helper_process::of_this_thread()) {
        self.call_in(*process);
      } else if constexpr (std::is_void_v<value>) {
        std::apply(F{}, self.args_);
      } else {
        self.value_.emplace(std::apply(F{}, self.args_));
      }
    } catch (...) {
      self.error_ = std::current_exception();
    }
    self.who_->wake(*self.who_);
  }

  void call_in(helper_process& process) {
    static_assert(helper_process::fits<std::tuple<Args...>>,
                  "these arguments are too big for a message");
    if constexpr (std::is_void_v<value>) {
      process.call(&run_there, &args_, sizeof args_, nullptr, 0);
    } else if constexpr (bench::message<value> && helper_process::fits<value>) {
      alignas(value) std::byte place[sizeof(value)];
      process.call(&run_there, &args_, sizeof args_, place, sizeof(value));
      value_.emplace(*std::launder(reinterpret_cast<value*>(place)));
    } else {
      throw std::logic_error{"offload_to=processes: this result is not plain bytes, or too many"};
    }
  }
  static void run_there(void*, std::byte* bytes) {
    alignas(std::tuple<Args...>) std::byte place[sizeof(args_)];
    std::memcpy(place, bytes, sizeof(args_));
    const auto& args = *std::launder(reinterpret_cast<std::tuple<Args...>*>(place));
    if constexpr (std::is_void_v<value>) {
      std::apply(F{}, args);
    } else {
      const value result = std::apply(F{}, args);
      std::memcpy(bytes, &result, sizeof result);
    }
  }

  std::tuple<Args...> args_;
  std::optional<std::conditional_t<std::is_void_v<value>, char, value>> value_;
  std::exception_ptr error_;
  bench::waiter* who_ = nullptr;
  offload_pool* pool_ = nullptr;
};

}  // namespace models::support
