#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace bench {

// Gives memory back to whoever handed it out.
struct release {
  void (*give_back)(void* owner, void* memory, std::size_t bytes) noexcept = nullptr;
  void* owner = nullptr;
  std::size_t bytes = 0;
  void operator()(void* memory) const noexcept { give_back(owner, memory, bytes); }
};

// N values that all tasks of a model can read and write, zeroed, aligned to a page: ordinary memory
// for most models, a shared mapping for processes. A message is plain bytes, and so are these.
template <class T>
class buffer {
 public:
  buffer() = default;
  buffer(T* data, std::size_t n, release by) : data_{data, by}, n_{n} {}
  T* data() const { return static_cast<T*>(data_.get()); }
  std::size_t size() const { return n_; }
  T& operator[](std::size_t i) const { return data()[i]; }
  T* begin() const { return data(); }
  T* end() const { return data() + n_; }
  operator std::span<T>() const { return {data(), n_}; }

 private:
  std::unique_ptr<void, release> data_;
  std::size_t n_ = 0;
};

// One or more objects that all tasks of a model can reach by their pointer; see `make`.
template <class T>
class shared {
 public:
  template <class... Args>
  shared(buffer<std::byte> place, std::size_t n, const Args&... args) : place_{std::move(place)} {
    for (; n_ < n; ++n_) new (get() + n_) T(args...);
  }
  shared(shared&& other) noexcept
      : place_{std::move(other.place_)}, n_{std::exchange(other.n_, 0)} {}
  ~shared() { std::destroy_n(get(), n_); }
  T* get() const { return reinterpret_cast<T*>(place_.data()); }
  T* operator->() const { return get(); }
  T& operator*() const { return *get(); }

 private:
  buffer<std::byte> place_;
  std::size_t n_ = 0;
};

// `n` objects of T(args...) in memory that all tasks of `m` share.
template <class T, class M, class... Args>
shared<T> make_many(M& m, std::size_t n, const Args&... args) {
  return {m.template buffer<std::byte>(n * sizeof(T)), n, args...};
}
template <class T, class M, class... Args>
shared<T> make(M& m, const Args&... args) {
  return make_many<T>(m, 1, args...);
}

// Ordinary memory of this process: what models whose tasks share an address space hand out.
struct heap {
  template <class T>
  bench::buffer<T> buffer(std::size_t n) const {
    return {static_cast<T*>(allocate(n * sizeof(T))), n, {&give_back, nullptr, n * sizeof(T)}};
  }

 private:
  static void* allocate(std::size_t bytes);
  static void give_back(void*, void* memory, std::size_t bytes) noexcept;
};

}  // namespace bench
