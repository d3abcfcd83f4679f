#include "models/support/processes/shared_arena.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "bench/base/sanitizer.hpp"
#include "models/support/processes/robust_mutex.hpp"

namespace models::support {
namespace {

// A page is one word of the map, a cache line one bit in it: set where memory is in use. Every
// state of the map is a valid one, so a process that dies while it changes the map needs no repair.
using word = std::uint64_t;
constexpr word all = ~word{0};

// Where `n` free lines in a row begin in this page; 64 or more: nowhere.
int room_in(word used, std::size_t n) {
  word starts = ~used;
  for (std::size_t have = 1; have < n;) {
    const auto step = std::min(have, n - have);
    starts &= starts >> step;
    have += step;
  }
  return std::countr_zero(starts);
}

word lines(std::size_t n) { return n == 64 ? all : (word{1} << n) - 1; }

std::size_t rounded(std::size_t bytes, std::size_t unit) {
  return bytes == 0 ? 1 : (bytes - 1) / unit + 1;
}

// Blocks from this size on give their pages back, smaller ones are cleared in place: a page that
// must be faulted in again costs more than clearing 16.
constexpr std::size_t big = 64 * 1024;

std::mutex arenas_mutex;
shared_arena* arenas = nullptr;

}  // namespace

struct shared_arena::control {
  static constexpr std::size_t pages = (capacity - 2 * page) / (page + sizeof(word)) / 512 * 512;

  robust_mutex mutex;
  std::size_t first_free = 0;  // no page before this one has a free line
  alignas(page) word used[pages];
};

void shared_arena::no_room(std::size_t n, std::size_t size) {
  throw std::system_error{
      ENOMEM, std::generic_category(),
      fmt::format("{} times {} bytes are not free in a row in the {} bytes of shared memory", n,
                  size, capacity)};
}

shared_arena::shared_arena(bool named)
    : descriptor_{named ? ::memfd_create("contend", MFD_CLOEXEC) : -1} {
  if (named && (descriptor_ < 0 || ::ftruncate(descriptor_, capacity) != 0))
    throw std::system_error{errno, std::generic_category(), "memfd_create"};
  static_assert(page == 64 * line);
  static_assert(sizeof(control) % page == 0 && sizeof(control) + control::pages * page <= capacity);
  // Another process will want it at the same address: a hint at where, by the layouts of x86-64 and
  // arm64, neither a program nor its libraries nor a sanitizer's shadow come to lie.
  static std::atomic<std::uintptr_t> made = 0;
#ifdef CONTEND_THREAD_SANITIZER  // it lets programs map only what it has shadows for
  constexpr std::uintptr_t first = 0x7b00'0000'0000;
#else
  constexpr std::uintptr_t first = 0x2000'0000'0000;
#endif
  constexpr std::uintptr_t places = 1024;
  const auto hint = first + made.fetch_add(1, std::memory_order_relaxed) % places * capacity;
  take_place(named ? reinterpret_cast<void*>(hint) : nullptr, named ? 0 : MAP_ANONYMOUS);
  new (control_) control;  // the map is left alone: it is all zero
}

shared_arena::shared_arena(int descriptor, void* address) : descriptor_{descriptor} {
  take_place(address, MAP_FIXED_NOREPLACE);
}

void shared_arena::take_place(void* address, int flags) {
  void* memory = ::mmap(address, capacity, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_NORESERVE | flags, descriptor_, 0);
  if (memory == MAP_FAILED) {
    const int error = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    throw std::system_error{
        error, std::generic_category(),
        fmt::format("mmap of {} bytes of shared memory at {}", capacity, fmt::ptr(address))};
  }
  control_ = static_cast<control*>(memory);
  data_ = static_cast<std::byte*>(memory) + sizeof(control);
  const std::scoped_lock lock{arenas_mutex};
  next_ = std::exchange(arenas, this);
}

shared_arena::~shared_arena() {
  {
    const std::scoped_lock lock{arenas_mutex};
    auto** link = &arenas;
    while (*link != this) link = &(*link)->next_;
    *link = next_;
  }
  ::munmap(control_, capacity);
  if (descriptor_ >= 0) ::close(descriptor_);
}

shared_arena& shared_arena::around(const void* memory) {
  const std::scoped_lock lock{arenas_mutex};
  const auto at = reinterpret_cast<std::uintptr_t>(memory);
  for (auto* arena = arenas; arena != nullptr; arena = arena->next_)
    if (at - reinterpret_cast<std::uintptr_t>(arena->control_) < capacity) return *arena;
  throw std::logic_error{"not in memory that processes share: make it by bench::make"};
}

void* shared_arena::allocate(std::size_t bytes) {
  const auto n = rounded(bytes, line);
  if (n >= 64) return allocate_pages(bytes);
  auto& c = *control_;
  const std::scoped_lock lock{c.mutex};
  for (auto i = c.first_free; i < control::pages; ++i) {
    const int first = room_in(c.used[i], n);
    if (first >= 64) continue;
    c.used[i] |= lines(n) << first;
    while (c.first_free < control::pages && c.used[c.first_free] == all) ++c.first_free;
    return data_ + i * page + static_cast<std::size_t>(first) * line;
  }
  no_room(1, bytes);
}

void* shared_arena::allocate_pages(std::size_t bytes) {
  const auto n = rounded(bytes, page);
  auto& c = *control_;
  const std::scoped_lock lock{c.mutex};
  std::size_t found = 0;
  for (auto i = c.first_free; i < control::pages; ++i) {
    found = c.used[i] == 0 ? found + 1 : 0;
    if (found < n) continue;
    const auto first = i + 1 - n;
    std::fill_n(c.used + first, n, all);
    if (first == c.first_free) c.first_free += n;
    return data_ + first * page;
  }
  no_room(1, bytes);
}

void shared_arena::deallocate(void* memory, std::size_t bytes) noexcept {
  const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(memory) - data_);
  const auto first = offset / page;
  const auto n = rounded(bytes, line);
  auto& c = *control_;
  if (bytes < big || ::madvise(memory, rounded(bytes, page) * page, MADV_REMOVE) != 0)
    std::memset(memory, 0, bytes);
  const std::scoped_lock lock{c.mutex};
  if (n >= 64) {
    std::fill_n(c.used + first, rounded(bytes, page), word{0});
  } else {
    c.used[first] &= ~(lines(n) << (offset % page / line));
  }
  c.first_free = std::min(c.first_free, first);
}

void shared_arena::give_back(void* arena, void* memory, std::size_t bytes) noexcept {
  static_cast<shared_arena*>(arena)->deallocate(memory, bytes);
}

}  // namespace models::support
