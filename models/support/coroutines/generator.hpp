#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <utility>

#include "models/support/base/frame_pool.hpp"

namespace models::support {

template <class T>
class generator;

// `co_yield elements_of(inner)`: all elements of another generator, which nobody has begun.
template <class T>
struct elements_of {
  generator<T> inner;
  explicit elements_of(generator<T> g) : inner{std::move(g)} {}
};

// A range whose elements a coroutine yields, as C++23's std::generator. The outermost generator
// knows the innermost one, which it resumes: an element costs the same however deep it was yielded
// (Baker, recursive_generator; Casey, P2502). It waits for nothing but its consumer; a generator
// that waits is bench::generator.
template <class T>
class [[nodiscard]] generator {
 public:
  class promise_type {
   public:
    using handle = std::coroutine_handle<promise_type>;

    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept {
      free_frame(frame, bytes);
    }

    generator get_return_object() noexcept { return generator{handle::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct back_to_parent : std::suspend_always {
        std::coroutine_handle<> await_suspend(handle self) noexcept {
          auto& p = self.promise();
          if (!p.parent_) return std::noop_coroutine();
          p.root_->leaf_ = p.parent_;
          return p.parent_;
        }
      };
      return back_to_parent{};
    }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { error_ = std::current_exception(); }

    std::suspend_always yield_value(T& element) noexcept {
      root_->element_ = std::addressof(element);
      return {};
    }
    // The temporary lives until the generator is resumed.
    std::suspend_always yield_value(T&& element) noexcept { return yield_value(element); }
    auto yield_value(const T& element) {
      struct copy : std::suspend_always {
        explicit copy(const T& e) : element{e} {}
        void await_suspend(handle self) noexcept {
          self.promise().root_->element_ = std::addressof(element);
        }
        T element;
      };
      return copy{element};
    }
    auto yield_value(elements_of<T> all) noexcept {
      struct run_inner {
        generator inner;
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(handle self) noexcept {
          auto& p = inner.frame_.promise();
          p.root_ = self.promise().root_;
          p.parent_ = self;
          p.root_->leaf_ = inner.frame_;
          return inner.frame_;
        }
        void await_resume() { inner.rethrow(); }
      };
      return run_inner{std::move(all.inner)};
    }
    // It waits for nothing: a `co_await` in it is an error.
    void await_transform() = delete;

   private:
    friend class generator;
    promise_type* root_ = this;
    handle parent_;                              // none: it is the root
    handle leaf_ = handle::from_promise(*this);  // the root's only
    T* element_ = nullptr;                       // the root's only
    std::exception_ptr error_;
  };
  using handle = typename promise_type::handle;

  class iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    explicit iterator(generator& from) : from_{&from} {}
    T& operator*() const { return *from_->frame_.promise().element_; }
    iterator& operator++() {
      from_->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return from_->frame_.done(); }

   private:
    generator* from_ = nullptr;
  };

  generator(generator&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
  ~generator() {
    if (frame_) frame_.destroy();
  }

  // Once: runs to the first element. Throws what the coroutine throws, as `++` does.
  iterator begin() {
    advance();
    return iterator{*this};
  }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  explicit generator(handle frame) noexcept : frame_{frame} {}
  void advance() {
    frame_.promise().leaf_.resume();
    if (frame_.done()) rethrow();
  }
  void rethrow() {
    if (auto& error = frame_.promise().error_)
      std::rethrow_exception(std::exchange(error, nullptr));
  }

  handle frame_;
};

}  // namespace models::support
