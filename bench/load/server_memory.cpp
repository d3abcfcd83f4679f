#include "bench/load/server_memory.hpp"

#include <unistd.h>

#include "bench/process_tree.hpp"

namespace bench::load {

std::int64_t memory_of_tree(pid_t root) {
  auto sum = memory_of(root);
  for (const auto process : descendants_of(root))
    if (process != ::getpid()) sum += memory_of(process);
  return sum.bytes();
}

}  // namespace bench::load
