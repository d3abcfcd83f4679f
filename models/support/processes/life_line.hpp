#pragma once

#include <cstdint>
#include <span>

#include "models/support/base/futex.hpp"
#include "models/support/processes/robust_mutex.hpp"

namespace models::support {

// How a process learns at once that another one has died, while it sleeps for something else: the
// other holds a robust mutex as long as it lives, and when it dies, however it dies, the kernel
// marks the mutex's futex word and wakes who sleeps on it. Lies in memory that both map.
class life_line {
 public:
  // The process that is watched: from now on it lives.
  void hold() noexcept;

  // The word that changes, what it holds now, and whether that says dead.
  const void* word() const noexcept;
  std::uint32_t value() const noexcept;
  bool alive() const noexcept;
  bool dead() const noexcept;

 private:
  robust_mutex held_;
};

// Sleeps while `word` holds `expected`, none of these processes dies and the deadline, by the
// monotonic clock, has not come; may return early for no reason.
void futex_wait_or_death(const futex_word& word, std::uint32_t expected,
                         std::span<const life_line* const> watched,
                         const timespec* deadline = nullptr) noexcept;

}  // namespace models::support
