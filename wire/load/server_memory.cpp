#include "wire/load/server_memory.hpp"

#include <unistd.h>

#include "bench/base/process_tree.hpp"

namespace wire::load {

std::int64_t memory_of_tree(pid_t root) {
  auto sum = bench::memory_of(root);
  for (const auto process : bench::descendants_of(root))
    if (process != ::getpid()) sum += bench::memory_of(process);
  return sum.bytes();
}

}  // namespace wire::load
