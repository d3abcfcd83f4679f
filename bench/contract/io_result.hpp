#pragma once

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace bench {

// Waits as long as it takes.
inline constexpr std::int64_t no_timeout = -1;

// What an input or output came to: how many bytes it moved (a descriptor, where one was opened),
// and the `errno` of what ended it early; ETIMEDOUT if its time ran out. Bytes that were moved
// before an error are counted. A read of nothing without an error is the end of the stream.
struct io_result {
  std::int64_t value = 0;
  int error = 0;

  explicit operator bool() const noexcept { return error == 0; }

  // The value; throws std::system_error with the name of what failed.
  std::int64_t get(const char* what) const {
    if (error != 0) throw std::system_error{error, std::generic_category(), what};
    return value;
  }
};

}  // namespace bench
