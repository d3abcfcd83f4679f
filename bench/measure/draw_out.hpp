#pragma once

#include <cstdint>

namespace bench {

// Keeps the processor busy from `stop` on for `share` of the time since `start` (both in ns of the
// harness's clock), and returns when it was over.
std::int64_t draw_out(std::int64_t start, std::int64_t stop, double share);

}  // namespace bench
