#include "models/support/base/frame_pool.hpp"

#include <algorithm>

namespace models::support {

frame_pool::~frame_pool() {
  for (auto& batches : batches_)
    for (auto& batch : batches)
      for (void* block : batch) ::operator delete(block);
}

bool frame_pool::take(std::size_t size_class, std::span<void*, batch_size> blocks) {
  const std::lock_guard lock{mutex_};
  auto& batches = batches_[size_class];
  if (batches.empty()) return false;
  std::ranges::copy(batches.back(), blocks.begin());
  batches.pop_back();
  return true;
}

void frame_pool::give(std::size_t size_class, std::span<void*, batch_size> blocks) {
  const std::lock_guard lock{mutex_};
  std::ranges::copy(blocks, batches_[size_class].emplace_back().begin());
}

frame_cache::~frame_cache() {
  for (auto& magazine : magazines_)
    while (magazine.size > 0) ::operator delete(magazine.blocks[--magazine.size]);
}

void* frame_cache::refill(std::size_t size_class) {
  auto& magazine = magazines_[size_class];
  if (!pool_.take(size_class, std::span{magazine.blocks}.first<frame_pool::batch_size>()))
    return ::operator new(frame_pool::bytes_of(size_class));
  magazine.size = frame_pool::batch_size - 1;
  return magazine.blocks[magazine.size];
}

void frame_cache::give_back_half(std::size_t size_class) noexcept {
  // The oldest half goes: the newest is still in this CPU's cache.
  auto& magazine = magazines_[size_class];
  pool_.give(size_class, std::span{magazine.blocks}.first<frame_pool::batch_size>());
  std::ranges::copy(magazine.blocks.begin() + frame_pool::batch_size, magazine.blocks.end(),
                    magazine.blocks.begin());
  magazine.size -= frame_pool::batch_size;
}

}  // namespace models::support
