#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bench/contract/settings.hpp"

namespace models::support {

// What keeps a stack from running into its neighbour.
enum class stack_guard {
  marker,      // MADV_GUARD_INSTALL (Linux 6.13): in the page table, however many there are
  protection,  // mprotect: two mappings more for each, of 65,530 that a process may have
  none,
};

// Stacks of one size, many to a mapping; used by any thread. memory=pooled recycles them,
// memory=fresh maps each anew and gives it back to the system.
class stack_slabs {
 public:
  struct stack {
    std::byte* bottom;
    std::byte* top;
    bool by_protection = false;  // its guard is a mapping of its own
  };

  // `guard` is what is tried first; what the system denies falls back to the next kind.
  stack_slabs(std::size_t stack_bytes, bench::memory_policy memory,
              stack_guard guard = stack_guard::marker);
  stack_slabs(const stack_slabs&) = delete;
  ~stack_slabs();

  // Throws std::system_error when the system has no more memory or mappings.
  stack take();
  // Not while it runs. `s` is as `take` returned it.
  void give(stack s) noexcept;

  // How many of the stacks handed out have no guard; the first one is also told on stderr.
  long unguarded() const;

  // Why this many stacks at a time cannot be had, one page of each in use; or nothing.
  static std::optional<std::string> cannot(long stacks, std::size_t stack_bytes);

 private:
  bool install_guard(std::byte* low);
  stack carve();

  const std::size_t stride_;  // a guard page and the stack above it
  const std::size_t slab_bytes_;
  const bool pooled_;

  mutable std::mutex mutex_;
  stack_guard guard_;
  std::vector<std::byte*> slabs_;
  std::byte* unused_ = nullptr;  // the rest of the newest slab
  std::byte* unused_end_ = nullptr;
  std::vector<std::byte*> free_;  // outside the stacks: a free one may have no page at all
  long protected_ = 0;
  long unguarded_ = 0;
};

}  // namespace models::support
