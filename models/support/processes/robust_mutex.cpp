#include "models/support/processes/robust_mutex.hpp"

#include <cerrno>
#include <system_error>

namespace models::support {

robust_mutex::robust_mutex() {
  pthread_mutexattr_t how;
  ::pthread_mutexattr_init(&how);
  ::pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
  const int error = ::pthread_mutex_init(&mutex_, &how);
  ::pthread_mutexattr_destroy(&how);
  if (error != 0)
    throw std::system_error{error, std::generic_category(), "pthread_mutex_init (robust)"};
}

bool robust_mutex::acquired(int error) noexcept {
  if (error != EOWNERDEAD) return true;
  ::pthread_mutex_consistent(&mutex_);
  return false;
}

bool robust_mutex::lock() noexcept { return acquired(::pthread_mutex_lock(&mutex_)); }

bool robust_mutex::lock_spinning() noexcept {
  // Longer than a short critical section on another CPU, much shorter than a sleep.
  constexpr int spin = 100;
  for (int i = 0; i < spin; ++i) {
    if (const int error = ::pthread_mutex_trylock(&mutex_); error != EBUSY) return acquired(error);
    __builtin_ia32_pause();
  }
  return lock();
}

}  // namespace models::support
