#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace models::support {

// A timer in a heap; it lives where its owner does, and only the heap writes to `place`.
struct timer {
  static constexpr std::uint32_t idle = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t place = idle;
  bool pending() const noexcept { return place != idle; }
};

// Timers by their deadline: a heap of four children a node, deadlines beside the pointers so that
// sifting touches one cache line a level (d-heaps: Johnson 1975). Start and cancel are O(log n),
// and a start is O(1) on average; 16 bytes a timer.
class timer_heap {
 public:
  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }

  // The earliest deadline. Not on an empty heap.
  std::int64_t earliest() const noexcept { return entries_.front().deadline; }

  void start(timer& t, std::int64_t deadline) {
    entries_.emplace_back();
    rise(entries_.size() - 1, {deadline, &t});
  }

  // Takes out a pending timer.
  void cancel(timer& t) noexcept { remove(t.place); }

  // Takes out the earliest timer.
  timer& pop() noexcept {
    timer& first = *entries_.front().owner;
    remove(0);
    return first;
  }

 private:
  static constexpr std::size_t arity = 4;

  struct entry {
    std::int64_t deadline;
    timer* owner;
  };

  void put(std::size_t place, entry e) noexcept {
    entries_[place] = e;
    e.owner->place = static_cast<std::uint32_t>(place);
  }

  // Places `e` at the hole `place` or above it.
  void rise(std::size_t place, entry e) noexcept {
    while (place > 0) {
      const auto parent = (place - 1) / arity;
      if (entries_[parent].deadline <= e.deadline) break;
      put(place, entries_[parent]);
      place = parent;
    }
    put(place, e);
  }

  // The hole `place` goes to the bottom first and `e` rises from there: `e` was the last, so it
  // belongs near the bottom, and this saves a comparison a level (Wegener 1993).
  void sink(std::size_t place, entry e) noexcept {
    const auto n = entries_.size();
    for (;;) {
      const auto first = place * arity + 1;
      if (first >= n) break;
      auto least = first;
      const auto end = first + arity < n ? first + arity : n;
      for (auto child = first + 1; child < end; ++child)
        least = entries_[child].deadline < entries_[least].deadline ? child : least;
      put(place, entries_[least]);
      place = least;
    }
    rise(place, e);
  }

  void remove(std::size_t place) noexcept {
    entries_[place].owner->place = timer::idle;
    const auto last = entries_.back();
    entries_.pop_back();
    if (place == entries_.size()) return;
    sink(place, last);
  }

  std::vector<entry> entries_;
};

}  // namespace models::support
