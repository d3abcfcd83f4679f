#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace bench {

class companion;

// What a process tree held, at rest and at its largest, peers left out.
struct memory_peak {
  std::int64_t rest_bytes = 0, peak_bytes = 0;  // PSS
  std::int64_t page_table_bytes = 0;            // at their own peak
  std::int64_t kernel_stack_bytes = 0;          // of the most threads that a sweep has seen
  std::int64_t sweeps = 0;
  double sweep_ms = 0;  // that one took, on average: shorter peaks than that may be missed
};

// Watches this process and its descendants from a process of its own, so that what is watched has
// nothing of the watcher in it. One sweep when it is made, at rest; then as many as it can.
class memory_watch {
 public:
  memory_watch();
  ~memory_watch();
  memory_peak end();

 private:
  std::unique_ptr<companion> watcher_;
};

// The watcher's side: `program --watch-memory PID[,PEER...]`. Sweeps until its input ends.
inline constexpr const char* watch_flag = "--watch-memory";
int watch_memory(const std::string& pids);

}  // namespace bench
