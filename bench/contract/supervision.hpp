#pragma once

#include <cstdint>
#include <stdexcept>

namespace bench {

// What a task that is cancelled gets thrown by its wait, once for each time that it is cancelled.
// Not a std::exception, so that a handler of errors lets it pass.
struct cancelled {
  // Of a read or write of more than what there was at once: how many bytes had been moved by then.
  std::int64_t bytes = 0;
};

// Thrown by `within` where the time ran out.
struct timed_out : std::runtime_error {
  timed_out() : std::runtime_error{"timed out"} {}
};

// What becomes of a scope's other tasks when one has failed.
enum class on_failure : std::uint8_t {
  cancel,  // they are cancelled, and so is what the scope's body waits for
  go_on    // nothing: the error waits for whoever joins
};

enum class task_state : std::uint8_t { pending, running, done, failed, cancelled };

// Whether a task in that state has ended.
constexpr bool ended(task_state s) { return s > task_state::running; }

}  // namespace bench
