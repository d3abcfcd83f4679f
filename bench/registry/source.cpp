#include "bench/registry/source.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bench {
namespace {

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// `text` without the spaces that all its lines begin with, and without empty lines at its ends.
std::string dedented(std::string_view text) {
  std::size_t common = std::string_view::npos;
  const auto each_line = [&](auto use) {
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      use(text.substr(at, end - at));
      at = end + 1;
    }
  };
  each_line([&](std::string_view line) {
    if (indentation(line) < line.size()) common = std::min(common, indentation(line));
  });
  std::string out;
  each_line([&](std::string_view line) {
    const bool blank = indentation(line) == line.size();
    if (blank && out.empty()) return;
    if (!blank) out += line.substr(common);
    out += '\n';
  });
  out.resize(out.find_last_not_of('\n') + 1);
  return out;
}

}  // namespace

std::string source_of(std::string_view file, std::string_view name) {
  const auto start = file.find(fmt::format("struct {} {{", name));
  if (start == std::string_view::npos) return {};
  const auto first = file.find('{', start) + 1;
  int depth = 1;
  for (auto i = first; i < file.size(); ++i) {
    if (file[i] == '{') ++depth;
    if (file[i] == '}' && --depth == 0) return dedented(file.substr(first, i - first));
  }
  return {};
}

}  // namespace bench
