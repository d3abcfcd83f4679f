#include "bench/measure/held_memory.hpp"

#include <malloc.h>
#include <unistd.h>

#include "bench/base/process_tree.hpp"
#include "bench/measure/cost.hpp"

namespace bench {

std::int64_t held_bytes() {
  ::malloc_trim(0);
  auto sum = memory_of(::getpid()).bytes();
  for (const auto child : live_children()) sum += memory_of(child).bytes();
  return sum;
}

}  // namespace bench
