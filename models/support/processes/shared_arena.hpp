#pragma once

#include <cstddef>

#include "bench/contract/memory.hpp"
#include "models/support/processes/same_program.hpp"

namespace models::support {

// Memory that this process and all that it forks from now on see at the same address, so pointers
// into it may be passed between them. Any of them may allocate and free. The address space is
// reserved at once, its pages are taken when they are first written.
//
// A process that dies in here leaves nothing half done: what it had allocated stays allocated until
// the arena goes, nothing else is lost.
class shared_arena {
 public:
  // Room for a 100-megapixel picture in float, its copy and every task's record; untouched, it
  // costs a line in /proc/self/maps.
  static constexpr std::size_t capacity = std::size_t{4} << 30;

  // Where it is `named`, a process of the same program that was not forked from this one can map it
  // by its descriptor. Throws std::system_error.
  explicit shared_arena(bool named = false);
  // One that another process has made, at the address that it has there. Throws std::system_error.
  shared_arena(int descriptor, void* address);
  explicit shared_arena(const entry_words& words)
      : shared_arena{first_descriptor, reinterpret_cast<void*>(words[0])} {}
  ~shared_arena();
  shared_arena(const shared_arena&) = delete;

  // N zeroed values on pages of their own. Throws std::system_error when the arena has no room.
  template <class T>
  bench::buffer<T> buffer(std::size_t n) {
    if (n > capacity / sizeof(T)) no_room(n, sizeof(T));
    const auto pages = rounded_to_pages(n * sizeof(T));
    return {static_cast<T*>(allocate_pages(pages)), n, {&give_back, this, pages}};
  }

  // Zeroed bytes, aligned to a cache line. Throws std::system_error when the arena has no room.
  void* allocate(std::size_t bytes);
  void deallocate(void* memory, std::size_t bytes) noexcept;  // `bytes` as they were asked for

  const void* address() const { return control_; }
  int descriptor() const { return descriptor_; }

  // The arena that this lies in. Throws std::logic_error where it lies in none.
  static shared_arena& around(const void* memory);

 private:
  static constexpr std::size_t line = 64, page = 4096;
  struct control;

  static std::size_t rounded_to_pages(std::size_t bytes) {
    return bytes == 0 ? page : (bytes + page - 1) / page * page;
  }
  void* allocate_pages(std::size_t bytes);
  [[noreturn]] static void no_room(std::size_t n, std::size_t size);
  static void give_back(void* arena, void* memory, std::size_t bytes) noexcept;

  void take_place(void* address, int flags);

  const int descriptor_;
  control* control_;
  std::byte* data_;
  shared_arena* next_;  // of all that this process has
};

}  // namespace models::support
