#pragma once

#include <pthread.h>

namespace models::support {

// A mutex for memory that several processes map: POSIX's process-shared robust one, over a futex.
// When its owner dies, by a signal too, the kernel passes it on. Stays at its address.
class robust_mutex {
 public:
  robust_mutex();  // throws std::system_error
  robust_mutex(const robust_mutex&) = delete;

  // False: the last owner died while it held the mutex, so what it guards may be half changed. The
  // caller owns the mutex either way.
  bool lock() noexcept;
  // The same, for short critical sections: tries for a moment before it sleeps.
  bool lock_spinning() noexcept;
  void unlock() noexcept { ::pthread_mutex_unlock(&mutex_); }

  pthread_mutex_t& native() { return mutex_; }

 private:
  bool acquired(int error) noexcept;

  pthread_mutex_t mutex_;
};

}  // namespace models::support
