#pragma once

#include <cstdlib>
#include <random>
#include <string>

// What a test draws its randomness from: CONTEND_SEED where it is set, so that a failure can be
// replayed, else anew each time.
inline unsigned new_seed() {
  const char* const text = std::getenv("CONTEND_SEED");
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10))
                         : std::random_device{}();
}

inline std::string replay(unsigned seed) {
  return "replay with CONTEND_SEED=" + std::to_string(seed);
}
