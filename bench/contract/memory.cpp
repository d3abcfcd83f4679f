#include "bench/contract/memory.hpp"

#include <sys/mman.h>

#include <algorithm>

namespace bench {

void* heap::allocate(std::size_t bytes) {
  void* memory = ::mmap(nullptr, std::max<std::size_t>(bytes, 1), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc{};
  return memory;
}

void heap::give_back(void*, void* memory, std::size_t bytes) noexcept {
  ::munmap(memory, std::max<std::size_t>(bytes, 1));
}

}  // namespace bench
