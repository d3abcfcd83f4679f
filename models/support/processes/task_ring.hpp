#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace models::support {

// Messages from one giver to one taker in shared memory, answered in place: the taker writes its
// answer over the message, and the giver may use the place again once it has read that. Both sides
// see cursors that only grow, modulo 2^32; whose side dies leaves every cursor valid.
template <class Message, std::uint32_t Size>
class task_ring {
 public:
  static_assert(std::has_single_bit(Size));
  static constexpr std::uint32_t size = Size;

  // The place of a message, for whichever side it belongs to now.
  Message& operator[](std::uint32_t cursor) { return messages_[cursor % Size]; }

  // Giver: the message at `given()` is complete. There must be room for it.
  void give() { given_.store(given() + 1, std::memory_order_release); }
  std::uint32_t given() const { return given_.load(std::memory_order_relaxed); }

  // Giver: all messages before this cursor have been answered.
  std::uint32_t finished() const { return finished_.load(std::memory_order_acquire); }

  // Giver, once the taker is dead: all messages before this cursor have been started.
  std::uint32_t started() const { return started_.load(std::memory_order_relaxed); }

  // Giver: asks `wanted_by_giver` to become true once all before `cursor` have been answered.
  void want(std::uint32_t cursor) { wanted_.store(cursor, std::memory_order_relaxed); }
  bool wanted_by_giver() const {
    return static_cast<std::int32_t>(finished_.load(std::memory_order_acquire) -
                                     wanted_.load(std::memory_order_relaxed)) >= 0;
  }

  // Taker: whether there is a message that it has not started.
  bool has_more() const {
    return started_.load(std::memory_order_relaxed) != given_.load(std::memory_order_acquire);
  }

  // Taker: starts the next message, or nullptr. Then `finish`, before the next `take`.
  Message* take() {
    const auto next = started_.load(std::memory_order_relaxed);
    if (next == seen_) {
      seen_ = given_.load(std::memory_order_acquire);
      if (next == seen_) return nullptr;
    }
    started_.store(next + 1, std::memory_order_relaxed);
    return &messages_[next % Size];
  }
  void finish() {
    finished_.store(finished_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  alignas(64) std::atomic<std::uint32_t> given_ = 0;
  alignas(64) std::atomic<std::uint32_t> wanted_ = 0;
  alignas(64) std::atomic<std::uint32_t> started_ = 0;
  std::atomic<std::uint32_t> finished_ = 0;
  std::uint32_t seen_ = 0;  // the taker's last look at `given_`: most takes leave that line alone
  alignas(64) std::array<Message, Size> messages_;
};

}  // namespace models::support
