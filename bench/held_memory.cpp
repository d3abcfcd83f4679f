#include "bench/held_memory.hpp"

#include <malloc.h>
#include <unistd.h>

#include "bench/cost.hpp"
#include "bench/process_tree.hpp"

namespace bench {

std::int64_t held_bytes() {
  ::malloc_trim(0);
  auto sum = memory_of(::getpid()).bytes();
  for (const auto child : live_children()) sum += memory_of(child).bytes();
  return sum;
}

}  // namespace bench
