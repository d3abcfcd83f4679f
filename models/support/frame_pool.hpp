#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <new>
#include <vector>

namespace models::support {

// Recycled blocks of up to a kilobyte, by size class: frames of coroutines and records of spawned
// tasks. Each worker has a `frame_cache`; caches trade whole batches through the pool, so that
// blocks made by one worker and freed by another do not pile up (magazines, after Bonwick and Adams
// 2001).
class frame_pool {
 public:
  static constexpr std::size_t granularity = 16, classes = 64, batch = 64;
  static constexpr std::size_t largest = granularity * (classes - 1);

  struct block {
    block* next;
  };

  frame_pool() = default;
  frame_pool(const frame_pool&) = delete;
  ~frame_pool();

  // A chain of `batch` blocks, or nullptr.
  block* take(std::size_t size_class);
  void give(std::size_t size_class, block* chain);

 private:
  std::mutex mutex_;
  std::array<std::vector<block*>, classes> chains_;
};

// One worker's blocks. Used by the thread that owns it alone.
class frame_cache {
 public:
  explicit frame_cache(frame_pool& pool) : pool_{pool} {}
  frame_cache(const frame_cache&) = delete;
  ~frame_cache();

  void* allocate(std::size_t bytes) {
    const auto size_class = class_of(bytes);
    if (size_class >= frame_pool::classes) [[unlikely]]
      return ::operator new(bytes);
    auto& list = lists_[size_class];
    if (list.head == nullptr) [[unlikely]]
      return refill(size_class);
    auto* block = list.head;
    list.head = block->next;
    --list.length;
    return block;
  }

  void deallocate(void* memory, std::size_t bytes) noexcept {
    const auto size_class = class_of(bytes);
    if (size_class >= frame_pool::classes) [[unlikely]]
      return ::operator delete(memory);
    auto& list = lists_[size_class];
    list.head = new (memory) frame_pool::block{list.head};
    if (++list.length == 2 * frame_pool::batch) [[unlikely]]
      give_back_half(size_class);
  }

 private:
  struct list {
    frame_pool::block* head = nullptr;
    std::size_t length = 0;
  };

  static std::size_t class_of(std::size_t bytes) {
    return (bytes + frame_pool::granularity - 1) / frame_pool::granularity;
  }
  void* refill(std::size_t size_class);
  void give_back_half(std::size_t size_class) noexcept;

  std::array<list, frame_pool::classes> lists_{};
  frame_pool& pool_;
};

// The cache of the worker that this thread is; none: each block is new (memory=fresh).
inline constinit thread_local frame_cache* this_thread_frames = nullptr;

// A block of at least `bytes`. It may be freed by any thread, with the same size.
inline void* allocate_frame(std::size_t bytes) {
  if (auto* cache = this_thread_frames) [[likely]]
    return cache->allocate(bytes);
  return ::operator new((bytes + frame_pool::granularity - 1) / frame_pool::granularity *
                        frame_pool::granularity);
}
inline void free_frame(void* memory, std::size_t bytes) noexcept {
  if (auto* cache = this_thread_frames) [[likely]]
    return cache->deallocate(memory, bytes);
  ::operator delete(memory);
}

}  // namespace models::support
