#pragma once

#include <sched.h>

#include <cstddef>

namespace bench {

// Holds this process, and what it will start, on the first `workers` processors that it may use:
// the same budget for every model, those included that start a thread or a process for each task.
class processors {
 public:
  explicit processors(std::size_t workers) {
    ::sched_getaffinity(0, sizeof all_, &all_);
    cpu_set_t some;
    CPU_ZERO(&some);
    for (int cpu = 0; cpu < CPU_SETSIZE && static_cast<std::size_t>(CPU_COUNT(&some)) < workers;
         ++cpu)
      if (CPU_ISSET(cpu, &all_)) CPU_SET(cpu, &some);
    ::sched_setaffinity(0, sizeof some, &some);
  }
  ~processors() { ::sched_setaffinity(0, sizeof all_, &all_); }
  processors(const processors&) = delete;

 private:
  cpu_set_t all_;
};

}  // namespace bench
