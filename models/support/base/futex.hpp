#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>

namespace models::support {

using futex_word = std::atomic<std::uint32_t>;
static_assert(sizeof(futex_word) == sizeof(std::uint32_t));

// Whether the word lies in memory that other processes map too.
enum class futex_scope : int { process = FUTEX_PRIVATE_FLAG, system = 0 };

// Sleeps while `word` holds `expected`; may return early for no reason. False: the time was up.
inline bool futex_wait(const futex_word& word, std::uint32_t expected,
                       futex_scope scope = futex_scope::process,
                       const timespec* timeout = nullptr) {
  return ::syscall(SYS_futex, &word, FUTEX_WAIT | static_cast<int>(scope), expected, timeout,
                   nullptr, 0) == 0 ||
         errno != ETIMEDOUT;
}

// Wakes up to `n` sleepers. The word may be gone by now: the kernel looks at its address alone.
inline void futex_wake(const futex_word& word, int n = 1,
                       futex_scope scope = futex_scope::process) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE | static_cast<int>(scope), n, nullptr, nullptr, 0);
}

}  // namespace models::support
