#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bench/contract/memory.hpp"
#include "bench/contract/model.hpp"
#include "models/support/base/group.hpp"
#include "models/support/io/blocking_io.hpp"
#include "models/support/sync/sync.hpp"

namespace models {

// A spawned task runs at once, on the caller's stack: the baseline of every table.
class serial : public bench::heap {
 public:
  using sync = support::parking_sync;
  using io = support::blocking_io;
  class task_group : public support::spawner<task_group, serial> {
   public:
    explicit task_group(serial& m) : m_{m} {}

    void start(const auto& call) {
      try {
        call(m_);
      } catch (...) {
        failure_.capture();
      }
    }
    void join() { failure_.rethrow(); }

   private:
    serial& m_;
    support::failure failure_;
  };

  static constexpr std::string_view name = "serial";
  static constexpr std::string_view about = "a spawned task runs at once; the baseline";
  static constexpr bench::abilities can{.nests = true, .locks = true, .does_io = true};
  static std::optional<std::string> cannot(const bench::demand&, const bench::settings&) {
    return std::nullopt;
  }

  explicit serial(const bench::settings&) {}

  template <bench::task_body Body, class... Args>
  auto run(Body body, Args&... args) {
    return body(*this, args...);
  }

  task_group group() { return task_group{*this}; }

  // An operation that is not ready can never be: nobody else runs.
  template <bench::operation Op>
  static auto wait(Op op) {
    if (!op.ready()) throw std::logic_error{"serial: waits for what no other task will do"};
    return op.result();
  }
};

}  // namespace models
