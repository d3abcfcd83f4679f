#pragma once

#include <cstdint>
#include <string>

namespace wire {

// Numbers with units: "20ms" or "1.5s" in nanoseconds, "64KiB" in bytes. Throw
// std::invalid_argument that says what would be right.
std::int64_t duration_ns(const std::string& text);
std::uint64_t bytes(const std::string& text);

}  // namespace wire
