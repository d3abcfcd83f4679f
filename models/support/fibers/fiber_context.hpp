#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define CONTEND_ASAN
#elif defined(__SANITIZE_THREAD__)
#define CONTEND_TSAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONTEND_ASAN
#elif __has_feature(thread_sanitizer)
#define CONTEND_TSAN
#endif
#endif

namespace models::support {

// What the C++ runtime keeps per thread about exceptions: those being handled, and how many are on
// their way (Itanium C++ ABI, 2.2.2). Unless each fiber has its own, a `throw;` in one rethrows
// what another one has caught.
struct exception_state {
  void* caught = nullptr;
  unsigned int uncaught = 0;

  bool any() const noexcept { return caught != nullptr || uncaught != 0; }
  // The calling thread's own. Not inlined: a compiler may keep a thread-local address, and code
  // that calls this may go on in another thread.
  [[gnu::noinline]] static exception_state& of_this_thread() noexcept;
};

// What a stack needs to go on where it left off. Once entered it belongs to one thread: addresses
// of thread-locals, errno's among them, live in registers across a switch.
class fiber_context {
 public:
  using function = void (*)(fiber_context& self) noexcept;

  // For a stack that runs already: it gets its state when it switches away.
  fiber_context() noexcept { adopt(); }
  // Will call `f` at its first switch, on the stack from `bottom` up to `top`. `f` does not return,
  // it leaves.
  fiber_context(std::byte* bottom, std::byte* top, function f) noexcept;
  fiber_context(const fiber_context&) = delete;

  // For a context of a thread's own stack, where that may have become another thread's.
  void adopt() noexcept;

  // Goes on where `to` left off; returns when somebody switches back. `thread` is the exception
  // state of the calling thread.
  void switch_to(fiber_context& to, exception_state& thread) noexcept {
    to.exchange_exceptions(*this, thread);
    announce_switch(to, &fake_stack_);
    arrive(boost::context::detail::jump_fcontext(to.stack_pointer_, this));
  }

  // As `switch_to`, for good: before `to` goes on, `clean_up` is called on its stack, which may
  // free this context and the stack that it left.
  using cleaner = void (*)(fiber_context& gone) noexcept;
  [[noreturn]] void leave(fiber_context& to, exception_state& thread, cleaner clean_up) noexcept;

  // Before a context that has a stack of its own is freed.
  void forget() noexcept;

 private:
  using transfer = boost::context::detail::transfer_t;

  // Boost's switch knows nothing of exceptions: since 1.88 its class `fiber` does, which is not
  // used here. The state of whoever runs is the thread's, and its own is empty; nearly always both
  // are empty, and then there is nothing to do.
  void exchange_exceptions(fiber_context& from, exception_state& thread) noexcept {
    if (thread.any() || exceptions_.any()) [[unlikely]]
      from.exceptions_ = std::exchange(thread, std::exchange(exceptions_, {}));
  }

  static void enter(transfer t) noexcept;
  static transfer clean_up_after(transfer t) noexcept;
  void arrive(transfer t) noexcept {
    auto& from = *static_cast<fiber_context*>(t.data);
    from.stack_pointer_ = t.fctx;
    confirm_switch(from);
  }

  void* stack_pointer_ = nullptr;
  exception_state exceptions_;
  union {
    function function_ = nullptr;  // until it has been entered
    cleaner clean_up_;             // once it has left
  };

#if defined(CONTEND_ASAN) || defined(CONTEND_TSAN)
  // The sanitizers know a stack by these; Boost's library, as distributed, does not tell them.
  void announce_switch(const fiber_context& to, void** fake_stack) noexcept;
  void confirm_switch(fiber_context& from) noexcept;

  void* fake_stack_ = nullptr;
  [[maybe_unused]] const void* bottom_ = nullptr;
  [[maybe_unused]] std::size_t bytes_ = 0;
  [[maybe_unused]] void* shadow_ = nullptr;
#else
  static void announce_switch(const fiber_context&, void* const*) noexcept {}
  static void confirm_switch(const fiber_context&) noexcept {}

  static constexpr void* fake_stack_ = nullptr;
#endif
};

#if !defined(CONTEND_ASAN) && !defined(CONTEND_TSAN)
inline void fiber_context::adopt() noexcept {}
inline void fiber_context::forget() noexcept {}
#endif

}  // namespace models::support
