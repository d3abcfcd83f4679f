#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define CONTEND_THREAD_SANITIZER
#endif
#endif

namespace bench {

// Whether this build has a sanitizer that keeps memory, and perhaps a thread, of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
inline constexpr bool sanitized =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool sanitized = false;
#endif

// An order that a library makes which is not instrumented, told to the thread sanitizer: what was
// done before `before` is seen after `after`.
class made_order {
 public:
#ifdef CONTEND_THREAD_SANITIZER
  void before() { __tsan_release(this); }
  void after() { __tsan_acquire(this); }
#else
  void before() {}
  void after() {}
#endif
};

}  // namespace bench
