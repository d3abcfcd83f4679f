#pragma once

#include <string>

namespace bench {

// What this process holds of the system: a model must leave it as it found it.
struct footprint {
  long threads = 0;
  long children = 0;
  long descriptors = 0;
  long mappings = 0;
  long mapped_bytes =
      0;  // without heap and stack; neighbours that merge are one mapping, but no fewer bytes

  static footprint now();
};

// "left 1 thread and 2 children behind" where `now` holds more than `before`; else empty. Threads
// and children that are on their way out get a moment to go. Mappings are not judged here.
std::string left_behind(const footprint& before);

}  // namespace bench
