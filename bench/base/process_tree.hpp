#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace bench {

// The living processes that descend from `root`, itself left out.
std::vector<pid_t> descendants_of(pid_t root);
// Whether it has called exec since it was forked.
bool is_another_program(pid_t pid);

// What processes hold at one moment; zeros for those that are gone.
struct memory_use {
  std::int64_t pss_bytes = 0;         // a page that n processes share counts 1/n for each
  std::int64_t page_table_bytes = 0;  // VmPTE, which no resident size shows
  std::int64_t threads = 0;

  [[nodiscard]] std::int64_t bytes() const { return pss_bytes + page_table_bytes; }
  memory_use& operator+=(const memory_use& other);
};
memory_use memory_of(pid_t pid);

// Bytes of the largest proportional size that the process has had since `forget_peak`: its
// high-water mark less what it shares with others now. 0 if it is gone.
std::int64_t peak_pss_bytes(pid_t pid);
// Lets the process's high-water mark begin anew where the kernel allows it.
void forget_peak(pid_t pid);

// The kernel's own stack of each thread: THREAD_SIZE, four pages on x86-64 and arm64.
// /proc/meminfo's sum lags behind by more than a small program has.
inline constexpr std::int64_t kernel_stack_bytes = 16 * 1024;

}  // namespace bench
