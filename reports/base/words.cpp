#include "reports/base/words.hpp"

#include <fmt/format.h>

#include <map>

namespace reports {
std::string with_separators(std::string_view number) {
  std::string out(number);
  auto end = out.find_first_not_of("0123456789");
  if (end == 0 || (end != out.npos && out[end] != '.')) return out;
  if (end == out.npos) end = out.size();
  for (std::size_t at = end; at > 3;) out.insert(at -= 3, 1, ',');
  return out;
}

std::string number_text(double value) {
  if (value >= 999.5) return with_separators(fmt::format("{:.0f}", value));
  return fmt::format("{:.3g}", value);
}

std::string field_title(std::string_view field) {
  static const std::map<std::string_view, std::string> known = {
      {"time_ns", "time"},
      {"cpu_ns", "CPU time"},
      {"cpu_ns_per_task", "CPU per task"},
      {"tasks_per_second", "throughput"},
      {"peak_bytes", "peak memory"},
      {"bytes_per_task", "memory per task"},
      {"voluntary_switches", "voluntary context switches"},
      {"involuntary_switches", "involuntary context switches"},
      {"max_ns", "worst latency"},
      {"p50_ns", "median latency"},
      {"p999_ns", "p99.9 latency"},
      {"p9999_ns", "p99.99 latency"}};
  if (auto found = known.find(field); found != known.end()) return found->second;
  std::string out(field);
  if (out.size() > 4 && out[0] == 'p' && out.ends_with("_ns") &&
      out.find_first_not_of("0123456789", 1) == out.size() - 3)
    return out.substr(0, out.size() - 3) + " latency";
  for (char& c : out)
    if (c == '_') c = ' ';
  return out;
}

std::string listed(std::span<const std::string> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", with_separators(std::to_string(count)), noun,
                     count == 1 ? "" : "s");
}

}  // namespace reports
