#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace bench {

// Counts of the kernel and of the processor (perf_event_open(2)) for this process and all that it
// starts after this object was made. What may not be counted here is nothing.
class event_counts {
 public:
  struct values {
    std::optional<std::int64_t> migrations;  // from one processor to another
    std::optional<std::int64_t> instructions, cycles;
  };

  event_counts();
  ~event_counts();
  event_counts(const event_counts&) = delete;

  values now() const;

 private:
  std::array<int, 3> fds_;
};

}  // namespace bench
