#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <new>
#include <span>
#include <vector>

namespace models::support {

// Recycled blocks of up to a kilobyte, by size class: frames of coroutines and records of spawned
// tasks. Each worker has a `frame_cache`; caches trade whole batches through the pool, so that
// blocks made by one worker and freed by another do not pile up (magazines, after Bonwick and Adams
// 2001). Blocks are held by arrays of pointers, never linked through themselves: to take one that
// another CPU has freed must not wait for its cache line.
class frame_pool {
 public:
  static constexpr std::size_t classes = 64, batch_size = 64;
  // As large as the blocks that malloc has anyhow: of a multiple of 16 bytes, 8 are its own.
  static constexpr std::size_t class_of(std::size_t bytes) { return (bytes + 7) / 16; }
  static constexpr std::size_t bytes_of(std::size_t size_class) { return 16 * size_class + 8; }
  using batch = std::array<void*, batch_size>;

  frame_pool() = default;
  frame_pool(const frame_pool&) = delete;
  ~frame_pool();

  // Fills `blocks` and is true, or has no batch of this size.
  bool take(std::size_t size_class, std::span<void*, batch_size> blocks);
  void give(std::size_t size_class, std::span<void*, batch_size> blocks);

 private:
  std::mutex mutex_;
  std::array<std::vector<batch>, classes> batches_;
};

// One worker's blocks. Used by the thread that owns it alone.
class frame_cache {
 public:
  explicit frame_cache(frame_pool& pool) : pool_{pool} {}
  frame_cache(const frame_cache&) = delete;
  ~frame_cache();

  void* allocate(std::size_t bytes) {
    const auto size_class = frame_pool::class_of(bytes);
    if (size_class >= frame_pool::classes) [[unlikely]]
      return ::operator new(bytes);
    auto& magazine = magazines_[size_class];
    if (magazine.size == 0) [[unlikely]]
      return refill(size_class);
    return magazine.blocks[--magazine.size];
  }

  void deallocate(void* memory, std::size_t bytes) noexcept {
    const auto size_class = frame_pool::class_of(bytes);
    if (size_class >= frame_pool::classes) [[unlikely]]
      return ::operator delete(memory);
    auto& magazine = magazines_[size_class];
    if (magazine.size == magazine.blocks.size()) [[unlikely]]
      give_back_half(size_class);
    magazine.blocks[magazine.size++] = memory;
  }

 private:
  struct magazine {
    std::size_t size = 0;
    std::array<void*, 2 * frame_pool::batch_size> blocks;
  };

  void* refill(std::size_t size_class);
  void give_back_half(std::size_t size_class) noexcept;

  std::array<magazine, frame_pool::classes> magazines_;
  frame_pool& pool_;
};

// The cache of the worker that this thread is; none: each block is new (memory=fresh).
inline constinit thread_local frame_cache* this_thread_frames = nullptr;

// A block of at least `bytes`. It may be freed by any thread, with the same size.
inline void* allocate_frame(std::size_t bytes) {
  if (auto* cache = this_thread_frames) [[likely]]
    return cache->allocate(bytes);
  return ::operator new(frame_pool::bytes_of(frame_pool::class_of(bytes)));
}
inline void free_frame(void* memory, std::size_t bytes) noexcept {
  if (auto* cache = this_thread_frames) [[likely]]
    return cache->deallocate(memory, bytes);
  ::operator delete(memory);
}

}  // namespace models::support
