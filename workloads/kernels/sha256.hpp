#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace workloads {

using sha256_digest = std::array<std::uint8_t, 32>;

// The SHA-256 of `block`, by OpenSSL with whatever instructions it finds here. The algorithm is
// fetched once a process and a context made once a thread; a further block allocates nothing.
// Throws std::runtime_error if OpenSSL refuses.
sha256_digest sha256(std::span<const std::uint8_t> block);

}  // namespace workloads
