#pragma once

// Replaces operator new of the program whose main includes this, so that its calls can be counted.
// Sanitizers have an operator new of their own, which must stay.

#include <cstdlib>
#include <new>

#include "bench/measure/allocation_count.hpp"

// Not inlined: g++ would see memory of malloc go into a delete and warn of it.

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CONTEND_SANITIZER_HAS_NEW
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(CONTEND_SANITIZER_HAS_NEW)

[[gnu::noinline]] void* operator new(std::size_t bytes) {
  bench::allocation_count::note();
  for (;;) {
    if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
    const auto handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc{};
    handler();
  }
}

[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  bench::allocation_count::note();
  const auto align = static_cast<std::size_t>(alignment);
  for (;;) {
    if (void* memory = std::aligned_alloc(align, (bytes + align - 1) / align * align))
      return memory;
    const auto handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc{};
    handler();
  }
}

[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

#endif
