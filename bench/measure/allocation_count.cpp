#include "bench/measure/allocation_count.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <new>
#include <system_error>

namespace bench {

constinit std::atomic<std::uint64_t> allocation_count::none_{0};
constinit std::atomic<std::uint64_t>* allocation_count::count_ = &none_;

void allocation_count::start() {
  void* page =
      ::mmap(nullptr, sizeof none_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::system_error{errno, std::generic_category(), "mmap"};
  count_ = new (page) std::atomic<std::uint64_t>{0};
}

}  // namespace bench
