#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace bench {

// Counts of the kernel and of the processor (perf_event_open(2)) for this process and all that it
// starts after this object was made. What may not be counted here is nothing.
// With `programs` false a process counts no more once it has become another program.
class event_counts {
 public:
  struct values {
    std::optional<std::int64_t> migrations;  // from one processor to another
    std::optional<std::int64_t> system_calls;
    std::optional<std::int64_t> instructions, cycles;
  };

  explicit event_counts(bool programs = true);
  ~event_counts();
  event_counts(const event_counts&) = delete;

  values now() const;

 private:
  std::array<int, 4> fds_;
};

}  // namespace bench
