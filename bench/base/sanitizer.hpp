#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define CONTEND_THREAD_SANITIZER
extern "C" void AnnotateIgnoreWritesBegin(const char* file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char* file, int line);
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

// While one is there, the thread sanitizer does not look at what its thread writes: for what a
// library makes and then hands over in an order that only `made_order` could tell, too early.
class unseen_writes {
 public:
#ifdef CONTEND_THREAD_SANITIZER
  unseen_writes() { AnnotateIgnoreWritesBegin(__FILE__, __LINE__); }
  ~unseen_writes() { AnnotateIgnoreWritesEnd(__FILE__, __LINE__); }
#else
  unseen_writes() {}
#endif
  unseen_writes(const unseen_writes&) = delete;
};

}  // namespace bench
