#pragma once

#include <sys/types.h>

#include <cstdint>

namespace wire::load {

// Bytes of memory that a process and its descendants, this one left out, hold now: their
// proportional share of resident pages (PSS), and page tables. What the kernel keeps for them
// besides, as sockets and threads' kernel stacks, nobody is told. Who has ended counts nothing.
std::int64_t memory_of_tree(pid_t root);

}  // namespace wire::load
