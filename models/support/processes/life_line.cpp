#include "models/support/processes/life_line.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>

namespace models::support {
namespace {

std::atomic_ref<int> word_of(const robust_mutex& m) {
  return std::atomic_ref{const_cast<robust_mutex&>(m).native().__data.__lock};
}

// futex_waitv is there since Linux 5.16, and may be filtered. Without it, and with more workers
// than it takes, we look this often.
constexpr timespec patience{.tv_sec = 0, .tv_nsec = 2'000'000};

}  // namespace

void life_line::hold() noexcept {
  held_.lock();
  // With this bit the kernel calls the futex's sleepers when the holder dies.
  word_of(held_).fetch_or(static_cast<int>(FUTEX_WAITERS), std::memory_order_release);
}

const void* life_line::word() const noexcept {
  return &const_cast<robust_mutex&>(held_).native().__data.__lock;
}

std::uint32_t life_line::value() const noexcept {
  return static_cast<std::uint32_t>(word_of(held_).load(std::memory_order_acquire));
}

bool life_line::alive() const noexcept {
  return (value() & (FUTEX_WAITERS | FUTEX_OWNER_DIED)) == FUTEX_WAITERS;
}

bool life_line::dead() const noexcept { return (value() & FUTEX_OWNER_DIED) != 0; }

void futex_wait_or_death(const futex_word& word, std::uint32_t expected,
                         std::span<const life_line* const> watched,
                         const timespec* deadline) noexcept {
  std::array<futex_waitv, FUTEX_WAITV_MAX> all{};
  static std::atomic<bool> available = true;
  if (watched.size() < all.size() && available.load(std::memory_order_relaxed)) {
    const auto entry = [](const void* at, std::uint32_t value) {
      return futex_waitv{.val = value,
                         .uaddr = reinterpret_cast<std::uintptr_t>(at),
                         .flags = FUTEX_32,
                         .__reserved = 0};
    };
    std::size_t n = 0;
    all[n++] = entry(&word, expected);
    for (const auto* life : watched) {
      const auto value = life->value();
      if ((value & FUTEX_OWNER_DIED) != 0) return;
      all[n++] = entry(life->word(), value);
    }
    if (::syscall(SYS_futex_waitv, all.data(), n, 0, deadline, CLOCK_MONOTONIC) >= 0) return;
    if (errno != ENOSYS && errno != EPERM) return;
    available.store(false, std::memory_order_relaxed);
  }
  futex_wait(word, expected, futex_scope::system, &patience);
}

}  // namespace models::support
