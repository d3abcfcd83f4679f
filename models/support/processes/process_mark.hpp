#pragma once

#include <sys/types.h>

#include <cstdint>

namespace models::support {

// A process, told apart from a later one that is given its number. Plain bytes, for shared memory;
// by default nobody.
struct process_mark {
  pid_t pid = 0;
  std::uint64_t started = 0;  // clock ticks after the system did

  // The calling process; read from /proc once in each. Throws std::system_error.
  static process_mark own();

  // False once it has ended, whether or not its parent knows. Reads /proc.
  bool alive() const noexcept;

  bool operator==(const process_mark&) const = default;
};

}  // namespace models::support
