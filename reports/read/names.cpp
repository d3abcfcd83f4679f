#include "reports/read/names.hpp"

#include <fmt/format.h>

namespace reports {
namespace {

std::vector<std::string_view> parts_of(std::string_view name) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0;;) {
    auto slash = name.find('/', from);
    parts.push_back(name.substr(from, slash - from));
    if (slash == name.npos) return parts;
    from = slash + 1;
  }
}

// Parts of a name that only say how it was timed.
bool says_how(std::string_view part) {
  for (std::string_view whole : {"manual_time", "real_time", "process_time"})
    if (part == whole) return true;
  for (std::string_view start : {"repeats:", "iterations:", "min_time:", "min_warmup_time:"})
    if (part.starts_with(start)) return true;
  return false;
}

bool numeric(std::string_view part) {
  return !part.empty() &&
         part.find_first_not_of("0123456789", part[0] == '-' ? 1 : 0) == part.npos && part != "-";
}

}  // namespace

std::string without_timing(std::string_view name) {
  std::string out;
  for (bool first = true; std::string_view part : parts_of(name)) {
    if (!first && says_how(part)) continue;
    if (!first) out += '/';
    out += part;
    first = false;
  }
  return out;
}

named parse_name(std::string_view name) {
  named out;
  int bare = 0;
  for (bool first = true; std::string_view part : parts_of(name)) {
    auto colon = part.find(':');
    // A C++ scope in a benchmark's name is not a parameter.
    bool pair = colon != part.npos && colon > 0 && part.substr(colon, 2) != "::";
    if (!first && pair) {
      std::string key(part.substr(0, colon)), value(part.substr(colon + 1));
      if ((key == "workers" || key == "threads") && numeric(value) && value.size() < 10)
        out.workers = std::stoi(value);
      else
        out.params.emplace_back(key, value);
    } else if (!first && numeric(part)) {
      ++bare;
      out.params.emplace_back(bare == 1 ? "arg" : fmt::format("arg{}", bare), part);
    } else {
      if (!first) out.stem += '/';
      out.stem += part;
    }
    first = false;
  }
  return out;
}

}  // namespace reports
