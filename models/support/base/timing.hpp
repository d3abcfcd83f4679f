#pragma once

#include <time.h>

#include <cstdint>

namespace models::support {

// The one place under models/ that reads a clock: a reactor must know when its timers are due. What
// is measured is read in bench/ alone.
inline std::int64_t monotonic_ns() noexcept {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline timespec to_timespec(std::int64_t ns) noexcept {
  return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
}

}  // namespace models::support
