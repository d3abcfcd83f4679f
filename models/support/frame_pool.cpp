#include "models/support/frame_pool.hpp"

#include <utility>

namespace models::support {
namespace {

void free_chain(frame_pool::block* chain) noexcept {
  while (chain != nullptr) ::operator delete(std::exchange(chain, chain->next));
}

}  // namespace

frame_pool::~frame_pool() {
  for (auto& chains : chains_)
    for (auto* chain : chains) free_chain(chain);
}

frame_pool::block* frame_pool::take(std::size_t size_class) {
  const std::lock_guard lock{mutex_};
  auto& chains = chains_[size_class];
  if (chains.empty()) return nullptr;
  auto* chain = chains.back();
  chains.pop_back();
  return chain;
}

void frame_pool::give(std::size_t size_class, block* chain) {
  const std::lock_guard lock{mutex_};
  chains_[size_class].push_back(chain);
}

frame_cache::~frame_cache() {
  for (auto& list : lists_) free_chain(list.head);
}

void* frame_cache::refill(std::size_t size_class) {
  auto* chain = pool_.take(size_class);
  if (chain == nullptr) return ::operator new(size_class* frame_pool::granularity);
  auto& list = lists_[size_class];
  list = {chain->next, frame_pool::batch - 1};
  return chain;
}

void frame_cache::give_back_half(std::size_t size_class) noexcept {
  auto& list = lists_[size_class];
  auto* const chain = list.head;
  auto* last = chain;
  for (std::size_t i = 1; i < frame_pool::batch; ++i) last = last->next;
  list = {std::exchange(last->next, nullptr), list.length - frame_pool::batch};
  pool_.give(size_class, chain);
}

}  // namespace models::support
