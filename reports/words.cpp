#include "reports/words.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>

namespace reports {
namespace {

struct step {
  double from;
  const char* unit;
};

std::string scaled(double value, std::span<const step> steps) {
  const step* fit = &steps.front();
  for (const step& each : steps)
    // What rounds up to the next unit is shown in it: 1 ms, not 1,000 us.
    if (std::abs(value) >= each.from * 0.9995) fit = &each;
  return fmt::format("{}{}", in_digits(value / fit->from), fit->unit);
}

constexpr std::array<step, 4> times{{{1, " ns"}, {1e3, " µs"}, {1e6, " ms"}, {1e9, " s"}}};
constexpr std::array<step, 4> sizes{
    {{1, " B"}, {1024, " KiB"}, {1048576, " MiB"}, {1073741824, " GiB"}}};
constexpr std::array<step, 4> rates{{{1, "/s"}, {1e3, " k/s"}, {1e6, " M/s"}, {1e9, " G/s"}}};

bool names_unit(std::string_view field, std::string_view unit) {
  return field == unit || field.ends_with("_" + std::string(unit)) ||
         field.starts_with(std::string(unit) + "_per_");
}

}  // namespace

std::string with_separators(std::string_view number) {
  std::string out(number);
  auto end = out.find_first_not_of("0123456789");
  if (end == 0 || (end != out.npos && out[end] != '.')) return out;
  if (end == out.npos) end = out.size();
  for (std::size_t at = end; at > 3;) out.insert(at -= 3, ",");
  return out;
}

std::string in_digits(double value) {
  if (!std::isfinite(value)) return "-";
  if (value < 0) return "-" + in_digits(-value);
  if (value == 0) return "0";
  if (value >= 1e6 || value < 1e-4) return fmt::format("{:.2e}", value);
  int digits = std::max(0, 2 - static_cast<int>(std::floor(std::log10(value * 1.0000001))));
  std::string out = fmt::format("{:.{}f}", value, digits);
  return with_separators(out);
}

std::string in_unit(std::string_view field, double value) {
  if (!std::isfinite(value)) return "-";
  if (names_unit(field, "ns")) return scaled(value, times);
  if (names_unit(field, "bytes")) return scaled(value, sizes);
  if (field.ends_with("per_second")) return scaled(value, rates);
  return in_digits(value);
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

std::string as_ratio(double ratio) {
  if (!std::isfinite(ratio)) return "-";
  if (ratio >= 1e6) return fmt::format("{:.0e}×", ratio);
  if (ratio >= 99.95) return with_separators(fmt::format("{:.0f}", ratio)) + "×";
  if (ratio >= 9.995) return fmt::format("{:.1f}×", ratio);
  return fmt::format("{:.2f}×", ratio);
}

std::string as_range(const estimate& ratio) {
  if (!ratio.range) return {};
  // A narrow interval gets the digits that tell its ends apart.
  int digits = ratio.range->low >= 99.95 ? 0 : ratio.range->low >= 9.995 ? 1 : 2;
  std::string low, high;
  for (int extra = 0; extra < 2; ++extra, ++digits) {
    low = with_separators(fmt::format("{:.{}f}", ratio.range->low, digits));
    high = with_separators(fmt::format("{:.{}f}", ratio.range->high, digits));
    if (low != high) break;
  }
  return low + " to " + high;
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
