#include "reports/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace reports {
namespace {

struct code_point {
  std::uint32_t value;
  std::size_t bytes;
};

// Malformed bytes come out as themselves, one at a time.
code_point decode(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  if (bytes == 1 || bytes > text.size()) return {first, 1};
  std::uint32_t value = first & (0xff >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) value = value << 6 | (byte(i) & 0x3f);
  return {value, bytes};
}

bool steers(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

std::string three_digits(double value) {
  double size = std::abs(value);
  return fmt::format("{:.{}f}", value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

struct unit {
  double size;
  std::string_view name;
};

template <std::size_t N>
std::string scaled(double value, const std::array<unit, N>& units) {
  const unit* chosen = &units[0];
  for (const unit& each : units)
    if (std::abs(value) >= each.size * 0.9995) chosen = &each;
  return fmt::format("{} {}", three_digits(value / chosen->size), chosen->name);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto [value, bytes] = decode(text);
    if (steers(value))
      out += '?';
    else
      out += text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  return std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0) != 0x80; });
}

std::string pad_left(std::string_view text, std::size_t width) {
  std::size_t have = columns(text);
  return std::string(width > have ? width - have : 0, ' ') + std::string(text);
}

std::string pad_right(std::string_view text, std::size_t width) {
  std::size_t have = columns(text);
  return std::string(text) + std::string(width > have ? width - have : 0, ' ');
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  std::size_t at = 0;
  while (!text.empty()) {
    auto end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (at > 0 && at + 1 + columns(word) > width) {
      out += '\n' + std::string(indent, ' ');
      at = indent;
    } else if (at > 0) {
      out += ' ';
      ++at;
    }
    out += word;
    at += columns(word);
  }
  return out;
}

std::string duration_text(double nanoseconds) {
  static constexpr std::array<unit, 4> units = {{{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}}};
  return scaled(nanoseconds, units);
}

std::string value_text(std::string_view field, double value) {
  static constexpr std::array<unit, 4> bytes = {
      {{1, "B"}, {1024, "KiB"}, {1048576, "MiB"}, {1073741824, "GiB"}}};
  static constexpr std::array<unit, 3> numbers = {{{1, ""}, {1e6, "million"}, {1e9, "billion"}}};
  if (field.ends_with("_ns") || field.starts_with("cpu_ns")) return duration_text(value);
  if (field.ends_with("_bytes") || field.starts_with("bytes_per")) return scaled(value, bytes);
  std::string out = value == std::floor(value) && std::abs(value) < 1e6
                        ? fmt::format("{:.0f}", value)
                        : scaled(value, numbers);
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string ratio_text(double ratio) {
  if (ratio >= 1e6) return fmt::format("{:.0e}×", ratio);
  return fmt::format("{}×", ratio < 0.0995 ? fmt::format("{:.1g}", ratio) : three_digits(ratio));
}

std::string interval_text(const interval& ratio) {
  auto text = [](double value) {
    return value < 9.9995 ? fmt::format("{:.3f}", value) : three_digits(value);
  };
  return fmt::format("{} to {}", text(ratio.low), text(ratio.high));
}

std::string change_text(double ratio) {
  if (ratio >= 10 || ratio <= 0.1) return ratio_text(ratio);
  double percent = (ratio - 1) * 100;
  std::string digits = fmt::format("{:.1f}", std::abs(percent));
  std::string_view sign = digits == "0.0" ? "±" : percent < 0 ? "−" : "+";
  return fmt::format("{}{} %", sign, digits);
}

std::string spread_text(double share) {
  double percent = share * 100;
  return fmt::format("±{:.{}f} %", percent, percent < 0.95 ? 1 : 0);
}

std::string escape_xml(std::string_view text) {
  std::string out;
  for (char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (char c : printable(text)) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '@')
      out += "&#64;";  // no mention of a user by a benchmark's name
    else if (std::string_view("\\`*_{}[]()#+!|~>").find(c) != std::string_view::npos)
      (out += '\\') += c;
    else
      out += c;
  }
  return out;
}

std::string escape_csv(std::string_view text) {
  std::string clean = printable(text);
  if (!clean.empty() && std::string_view("=+-@").find(clean[0]) != std::string_view::npos)
    clean.insert(0, 1, '\'');
  if (clean.find_first_of(",\"") == clean.npos) return clean;
  std::string out = "\"";
  for (char c : clean) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace reports
