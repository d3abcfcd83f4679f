#include "bench/contract/slowdown.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <charconv>
#include <stdexcept>

namespace bench {

double slowdown::of(const std::string& cell) const {
  const auto fits = [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), cell.c_str(), 0) == 0;
  };
  return !cells.empty() && (fits(cells) || fits(cells + "/*")) ? share : 0;
}

slowdown parse_slowdown(std::string_view text) {
  if (text.empty()) return {};
  const auto colon = text.rfind(':');
  double percent = 0;
  if (colon != std::string_view::npos && colon > 0 && text.ends_with('%')) {
    const auto number = text.substr(colon + 1, text.size() - colon - 2);
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), percent);
    if (error == std::errc{} && end == number.data() + number.size() && percent > 0 &&
        percent <= 1000)
      return {std::string{text.substr(0, colon)}, percent / 100};
  }
  throw std::invalid_argument{fmt::format(
      "--set slowdown={}: wants cells and a share up to 1000%, as in cpu/hash:5%", text)};
}

}  // namespace bench
