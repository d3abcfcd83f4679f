#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace models::support {

// A work-stealing deque: the owner pushes and pops at the bottom, thieves steal from the top. After
// Chase and Lev (SPAA 2005) with the memory orders of Le, Pop, Cohen and Zappa Nardelli (PPoPP
// 2013), but without their fences: the release fence is a release store, and where a sequentially
// consistent one stands between two accesses, both are that themselves. Sanitizers understand it,
// and it is one locked instruction with every compiler, where some make an mfence of the fence.
// It grows without bound and keeps its old arrays until it dies, since a thief may still read one.
//
// Where there never are thieves, the owner calls `push_alone`, `pop_alone` and `steal_alone`, and
// nothing else: plain memory, which the compiler may keep in registers from one call to the next.
class deque {
 public:
  explicit deque(std::size_t capacity = 256) { use(add_array(capacity)); }
  deque(const deque&) = delete;

  // Owner only.
  void push(void* item) {
    const auto bottom = shared(bottom_).load(std::memory_order_relaxed);
    // top_ only grows, so the room seen last time is still there: thieves' line is rarely read.
    if (bottom - top_seen_ > mask_) [[unlikely]] {
      top_seen_ = top_.load(std::memory_order_acquire);
      if (bottom - top_seen_ > mask_) grow(bottom);
    }
    shared(slots_[bottom & mask_]).store(item, std::memory_order_relaxed);
    shared(bottom_).store(bottom + 1, std::memory_order_release);
  }

  // Owner only: the newest item, or nullptr.
  void* pop() {
    const auto bottom = shared(bottom_).load(std::memory_order_relaxed) - 1;
    // An empty deque is left as it is: only the owner could have filled it.
    if (bottom < top_seen_) return nullptr;
    // The thief reads top_, then bottom_; we write bottom_, then read top_. One of us sees the
    // other.
    shared(bottom_).exchange(bottom, std::memory_order_seq_cst);
    auto top = top_.load(std::memory_order_seq_cst);
    top_seen_ = top;
    if (top < bottom) [[likely]]
      return shared(slots_[bottom & mask_]).load(std::memory_order_relaxed);
    void* item = nullptr;
    if (top == bottom) {  // the last one: race the thieves for it
      item = shared(slots_[bottom & mask_]).load(std::memory_order_relaxed);
      if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst,
                                        std::memory_order_relaxed))
        item = nullptr;
      top_seen_ = bottom + 1;
    }
    shared(bottom_).store(bottom + 1, std::memory_order_relaxed);
    return item;
  }

  // The same without thieves. top_seen_ is always top_ then.
  void push_alone(void* item) {
    if (bottom_ - top_seen_ > mask_) [[unlikely]]
      grow(bottom_);
    slots_[bottom_++ & mask_] = item;
  }
  void* pop_alone() { return bottom_ == top_seen_ ? nullptr : slots_[--bottom_ & mask_]; }
  void* steal_alone() {
    if (bottom_ == top_seen_) return nullptr;
    void* item = slots_[top_seen_ & mask_];
    top_.store(++top_seen_, std::memory_order_relaxed);
    return item;
  }

  // Any thread: the oldest item; nullptr if there is none or another thief took it.
  void* steal() {
    auto top = top_.load(std::memory_order_seq_cst);
    const auto bottom = shared(bottom_).load(std::memory_order_seq_cst);
    if (top >= bottom) return nullptr;
    void* item =
        shared(array_.load(std::memory_order_acquire)->at(top)).load(std::memory_order_relaxed);
    return top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst,
                                        std::memory_order_relaxed)
               ? item
               : nullptr;
  }

  // Any thread; a hint unless the caller has fenced.
  std::int64_t size() const {
    const auto top = top_.load(std::memory_order_acquire);
    return shared(bottom_).load(std::memory_order_acquire) - top;
  }
  bool empty() const { return size() <= 0; }

 private:
  // How it is reached wherever there may be thieves.
  template <class T>
  static std::atomic_ref<T> shared(T& value) {
    return std::atomic_ref<T>{value};
  }

  class array {
   public:
    explicit array(std::size_t size)
        : mask{static_cast<std::int64_t>(size) - 1}, slots{std::make_unique<void*[]>(size)} {}
    void*& at(std::int64_t i) { return slots[i & mask]; }

    const std::int64_t mask;
    const std::unique_ptr<void*[]> slots;
  };

  array* add_array(std::size_t size) {
    return arrays_.emplace_back(std::make_unique<array>(std::bit_ceil(size))).get();
  }

  [[gnu::noinline]] void grow(std::int64_t bottom) {
    auto* bigger = add_array(static_cast<std::size_t>(mask_ + 1) * 2);
    for (auto i = top_seen_; i < bottom; ++i)
      bigger->at(i) = shared(slots_[i & mask_]).load(std::memory_order_relaxed);
    use(bigger);
  }

  void use(array* a) {
    slots_ = a->slots.get();
    mask_ = a->mask;
    array_.store(a, std::memory_order_release);
  }

  alignas(64) std::atomic<std::int64_t> top_ = 0;  // thieves write
  alignas(64) mutable std::int64_t bottom_ = 0;    // the owner writes, as it does all below
  std::atomic<array*> array_;
  void** slots_ = nullptr;  // of the array, for the owner
  std::int64_t mask_ = 0;
  std::int64_t top_seen_ = 0;
  std::vector<std::unique_ptr<array>> arrays_;
};

}  // namespace models::support
