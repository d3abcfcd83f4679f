#include "models/support/fibers/fiber_context.hpp"

#include <cxxabi.h>

#if defined(CONTEND_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(CONTEND_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

// Functions that begin on one stack and end on another: what they tell a sanitizer at their start
// and at their end would go to two different ones.
#if defined(CONTEND_ASAN) || defined(CONTEND_TSAN)
#if defined(__clang__)
#define CONTEND_UNINSTRUMENTED __attribute__((disable_sanitizer_instrumentation))
#else
#define CONTEND_UNINSTRUMENTED __attribute__((no_sanitize("address", "thread")))
#endif
#else
#define CONTEND_UNINSTRUMENTED
#endif

namespace models::support {

using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::ontop_fcontext;

exception_state& exception_state::of_this_thread() noexcept {
  return *reinterpret_cast<exception_state*>(__cxxabiv1::__cxa_get_globals());
}

CONTEND_UNINSTRUMENTED
fiber_context::fiber_context(std::byte* bottom, std::byte* top, function f) noexcept
    : function_{f} {
  const auto bytes = static_cast<std::size_t>(top - bottom);
  // Goes in and comes straight back: a switch tells the new stack who came, but not who it is.
  stack_pointer_ = jump_fcontext(make_fcontext(top, bytes, &enter), this).fctx;
#if defined(CONTEND_ASAN)
  bottom_ = bottom;
  bytes_ = bytes;
#elif defined(CONTEND_TSAN)
  shadow_ = __tsan_create_fiber(0);
#endif
}

CONTEND_UNINSTRUMENTED
void fiber_context::enter(transfer t) noexcept {
  auto& self = *static_cast<fiber_context*>(t.data);
  self.arrive(jump_fcontext(t.fctx, nullptr));
  self.function_(self);
  __builtin_unreachable();
}

void fiber_context::leave(fiber_context& to, exception_state& thread, cleaner clean_up) noexcept {
  to.exchange_exceptions(*this, thread);
  clean_up_ = clean_up;
  stack_pointer_ = &to;
  announce_switch(to, nullptr);
  ontop_fcontext(to.stack_pointer_, this, &clean_up_after);
  __builtin_unreachable();
}

fiber_context::transfer fiber_context::clean_up_after(transfer t) noexcept {
  auto& gone = *static_cast<fiber_context*>(t.data);
  auto* const self = static_cast<fiber_context*>(gone.stack_pointer_);
  gone.clean_up_(gone);
  return {nullptr, self};  // to `arrive`: whoever came has no state to keep
}

#if defined(CONTEND_ASAN)

void fiber_context::adopt() noexcept {}
void fiber_context::forget() noexcept {}

void fiber_context::announce_switch(const fiber_context& to, void** fake_stack) noexcept {
  __sanitizer_start_switch_fiber(fake_stack, to.bottom_, to.bytes_);
}

void fiber_context::confirm_switch(fiber_context& from) noexcept {
  const void* bottom = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &bytes);
  if (&from == this) return;
  from.bottom_ = bottom;
  from.bytes_ = bytes;
}

#elif defined(CONTEND_TSAN)

void fiber_context::adopt() noexcept { shadow_ = __tsan_get_current_fiber(); }
void fiber_context::forget() noexcept { __tsan_destroy_fiber(shadow_); }

CONTEND_UNINSTRUMENTED
void fiber_context::announce_switch(const fiber_context& to, void**) noexcept {
  // A fiber may have gone over to another stack on its own, by a greenlet.
  shadow_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(to.shadow_, 0);
}

void fiber_context::confirm_switch(fiber_context&) noexcept {}

#endif

}  // namespace models::support
