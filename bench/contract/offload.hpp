#pragma once

#include "bench/contract/model.hpp"

namespace bench {

// Calls `f(args...)`, which blocks, where it holds up no other task: on a thread for such calls, or
// in its process (setting `offload_to`), under models whose tasks share their workers by waiting,
// in the task itself under the others. A wait as any other, `x` in a direct body and `co_await x`
// in a coroutine, with the result of `f` as its value, or its error. Cancelled before a thread has
// taken it up, the call is not made.
template <class M, task_body F, message... Args>
auto offload(M&, F f, Args... args) {
  if constexpr (requires { M::offload(f, args...); }) {
    return M::offload(f, args...);
  } else {
    return f(args...);
  }
}

}  // namespace bench
