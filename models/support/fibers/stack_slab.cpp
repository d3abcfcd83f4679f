#include "models/support/fibers/stack_slab.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "bench/base/limits.hpp"
#include "models/support/fibers/fiber_context.hpp"

#if defined(CONTEND_ASAN)
#include <sanitizer/asan_interface.h>
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

namespace models::support {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t slab_target = std::size_t{256} << 20;

std::size_t whole_pages(std::size_t bytes) { return (bytes + page - 1) / page * page; }

std::byte* map(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error{errno, std::system_category(), "mmap of fiber stacks"};
  // A huge page under thirty stacks would make each cost fifteen times what it touches.
  ::madvise(memory, bytes, MADV_NOHUGEPAGE);
  return static_cast<std::byte*>(memory);
}

void unmap(std::byte* memory, std::size_t bytes) noexcept {
#if defined(CONTEND_ASAN)
  __asan_unpoison_memory_region(memory, bytes);  // frames that were left, not returned from
#endif
  ::munmap(memory, bytes);
}

// How many stacks of this process may be protected by mappings of their own: half of the mappings
// are left to everything else.
std::atomic<long>& protections_left() {
  static std::atomic<long> left = bench::most_mappings() / 4;
  return left;
}

// Stacks that start at the same offset in a page compete for the same cache lines: they start at
// sixteen different ones.
std::byte* coloured(std::byte* low, std::size_t stride) {
  constexpr std::size_t colours = 16, line = 64;
  return low + stride - reinterpret_cast<std::uintptr_t>(low) / stride % colours * line;
}

long available_bytes() {
  std::ifstream in{"/proc/meminfo"};
  std::string key;
  for (long kib = 0; in >> key >> kib; in.ignore(64, '\n'))
    if (key == "MemAvailable:") return kib * 1024;
  return ::sysconf(_SC_PHYS_PAGES) * static_cast<long>(page);
}

}  // namespace

stack_slabs::stack_slabs(std::size_t stack_bytes, bench::memory_policy memory, stack_guard guard)
    : stride_{page + whole_pages(stack_bytes)},
      slab_bytes_{std::max(slab_target / stride_, std::size_t{1}) * stride_},
      pooled_{memory == bench::memory_policy::pooled},
      guard_{guard} {}

stack_slabs::~stack_slabs() {
  for (auto* slab : slabs_) unmap(slab, slab_bytes_);
  protections_left() += protected_;
}

stack_slabs::stack stack_slabs::take() {
  const std::lock_guard lock{mutex_};
  if (free_.empty()) return carve();
  auto* const low = free_.back();
  free_.pop_back();
  return {low + page, coloured(low, stride_)};
}

stack_slabs::stack stack_slabs::carve() {
  std::byte* low = nullptr;
  if (!pooled_) {
    low = map(stride_);
  } else {
    if (unused_ == unused_end_) {
      free_.reserve((slabs_.size() + 1) * slab_bytes_ / stride_);  // `give` must not fail
      slabs_.reserve(slabs_.size() + 1);
      unused_ = slabs_.emplace_back(map(slab_bytes_));
      unused_end_ = unused_ + slab_bytes_;
    }
    low = std::exchange(unused_, unused_ + stride_);
  }
  return {low + page, coloured(low, stride_), install_guard(low)};
}

// True if it took a mapping.
bool stack_slabs::install_guard(std::byte* low) {
  if (guard_ == stack_guard::marker) {
    if (::madvise(low, page, MADV_GUARD_INSTALL) == 0) return false;
    guard_ = stack_guard::protection;
  }
  if (guard_ == stack_guard::protection) {
    if (protections_left().fetch_sub(1) > 0 && ::mprotect(low, page, PROT_NONE) == 0) {
      ++protected_;
      return true;
    }
    protections_left().fetch_add(1);
  }
  if (unguarded_++ == 0)
    fmt::print(stderr, "fibers: no more guard pages to be had, some stacks have none\n");
  return false;
}

void stack_slabs::give(stack s) noexcept {
  auto* const low = s.bottom - page;
  const std::lock_guard lock{mutex_};
  if (pooled_) return free_.push_back(low);
  unmap(low, stride_);
  if (!s.by_protection) return;
  --protected_;
  protections_left().fetch_add(1);
}

long stack_slabs::unguarded() const {
  const std::lock_guard lock{mutex_};
  return unguarded_;
}

std::optional<std::string> stack_slabs::cannot(long stacks, std::size_t stack_bytes) {
  const auto stride = page + whole_pages(stack_bytes);
  const auto reserved = static_cast<double>(stacks) * static_cast<double>(stride);
  rlimit space{};
  ::getrlimit(RLIMIT_AS, &space);
  const auto most = std::min(0x1p46, static_cast<double>(space.rlim_cur));
  if (reserved > most)
    return fmt::format("{} stacks of {} bytes take {:.0f} GiB of address space; there are {:.0f}",
                       stacks, stack_bytes, reserved / 0x1p30, most / 0x1p30);
  // Its first page, and what page tables and the guard take.
  constexpr double each = page + 256;
  const auto used = static_cast<double>(stacks) * each;
  const auto free = static_cast<double>(available_bytes());
  if (used > 0.9 * free)
    return fmt::format("{} parked fibers take {:.1f} GiB of memory; {:.1f} are free", stacks,
                       used / 0x1p30, free / 0x1p30);
  return std::nullopt;
}

}  // namespace models::support
