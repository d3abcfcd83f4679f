#pragma once

#include <cstdint>

namespace bench {

// Bytes of memory that this process and its live children hold now: their proportional share of
// resident pages (PSS), and page tables. What this process's allocator keeps free goes back to the
// system before, so that who weighs twice does not miss what was used again. What the kernel keeps
// for threads and processes besides, their kernel stacks above all, it does not say by process.
std::int64_t held_bytes();

}  // namespace bench
