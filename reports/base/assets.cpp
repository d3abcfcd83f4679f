#include "reports/base/assets.hpp"

namespace reports {

std::string script_source(const asset& of) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out = "'sha256-";
  unsigned bits = 0;
  int held = 0;
  for (char c : of.sha256) {
    bits = bits << 4 | static_cast<unsigned>(value(c));
    held += 4;
    if (held < 6) continue;
    held -= 6;
    out += digits[bits >> held & 63];
  }
  if (held > 0) out += digits[bits << (6 - held) & 63];
  while ((out.size() - 8) % 4 != 0) out += '=';
  return out + "'";
}

bool has_chart_libraries() {
  for (std::string_view name : {"vega.min.js", "vega-lite.min.js", "vega-embed.min.js"})
    if (asset_of(name).text.empty()) return false;
  return true;
}

}  // namespace reports
