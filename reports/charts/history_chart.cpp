#include "reports/charts/history_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "reports/base/text.hpp"

namespace reports {
namespace {

// The latest values that fit, between the least and the greatest of them; level where all are
// within one per cent.
std::string sparkline(std::span<const double> values, std::size_t width) {
  static constexpr std::array<std::string_view, 8> bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (values.size() > width) values = values.subspan(values.size() - width);
  if (values.empty()) return {};
  auto [low, high] = std::ranges::minmax(values);
  std::string out;
  for (double value : values) {
    double share = high > low * 1.01 ? (value - low) / (high - low) : 0.5;
    out += bars[static_cast<std::size_t>(std::lround(share * 7))];
  }
  return out;
}

}  // namespace

std::string trend_table(const std::vector<history::series>& all, int width) {
  std::size_t name = 0, runs = 0, value = 0;
  for (const auto& each : all) {
    name = std::max(name, columns(printable(each.name)));
    runs = std::max(runs, each.medians.size());
    value = std::max(value, columns(value_text(each.field, each.medians.back())));
  }
  if (all.empty()) return "No series fits.\n";
  const std::size_t beside = value + 12;  // the value, the change and what parts them
  const std::size_t space = static_cast<std::size_t>(std::max(width, 40));
  runs = std::min<std::size_t>(runs, 30);
  const bool one_line = 2 + name + 2 + runs + beside <= space;
  std::string out;
  for (const auto& each : all) {
    std::string numbers =
        fmt::format("{}  {}  {}", pad_right(sparkline(each.medians, runs), runs),
                    pad_left(value_text(each.field, each.medians.back()), value),
                    pad_left(change_text(each.medians.back() / each.medians.front()), 8));
    if (one_line)
      out += fmt::format("  {}  {}\n", pad_right(printable(each.name), name), numbers);
    else
      out += fmt::format("  {}\n    {}\n", printable(each.name), numbers);
  }
  return out;
}

std::string trend_svg(const std::vector<history::series>& all,
                      const std::vector<history::run>& runs) {
  constexpr int width = 760, height = 120, left = 84, right = 16, top = 30, bottom = 20;
  std::map<std::int64_t, std::size_t> places;
  for (std::size_t i = 0; i < runs.size(); ++i) places[runs[i].id] = i;
  const double steps = std::max<double>(1, static_cast<double>(runs.size()) - 1);
  auto across = [&](std::int64_t run) {
    return left + (width - left - right) * static_cast<double>(places.at(run)) / steps;
  };
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n"
      "<style>text{{fill:#222}}.grid{{stroke:#bbb}}.course{{fill:none;stroke:#0060a8;"
      "stroke-width:1.5}}circle{{fill:#0060a8}}@media (prefers-color-scheme: dark)"
      "{{svg{{background:#16181c}}text{{fill:#ddd}}.grid{{stroke:#555}}.course{{stroke:#6cb6ff}}"
      "circle{{fill:#6cb6ff}}}}</style>\n",
      width, std::max<std::size_t>(1, all.size()) * height);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& each = all[i];
    auto [low, high] = std::ranges::minmax(each.medians);
    // Noise of a few per cent must not look like a mountain range.
    const double centre = (low + high) / 2, half = std::max((high - low) / 2, 0.05 * centre);
    const double bottom_y = static_cast<double>((i + 1) * height) - bottom;
    const double top_y = static_cast<double>(i * height) + top;
    auto up = [&](double value) {
      return half > 0 ? (top_y + bottom_y) / 2 - (value - centre) / half * (bottom_y - top_y) / 2
                      : (top_y + bottom_y) / 2;
    };
    out += fmt::format("<text x=\"{}\" y=\"{}\" font-weight=\"600\">{}</text>\n", left, top_y - 10,
                       escape_xml(each.name));
    for (double value : {centre - half, centre + half})
      out += fmt::format(
          "<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
          "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
          left, width - right, up(value), left - 8, up(value) + 4,
          escape_xml(value_text(each.field, value)));
    out += "<polyline class=\"course\" points=\"";
    for (std::size_t k = 0; k < each.medians.size(); ++k)
      out += fmt::format("{:.1f},{:.1f} ", across(each.run_ids[k]), up(each.medians[k]));
    out += "\"/>\n";
    for (std::size_t k = 0; k < each.medians.size(); ++k) {
      const auto& run = runs[places.at(each.run_ids[k])];
      out += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{} {}: {}</title></circle>\n",
          across(each.run_ids[k]), up(each.medians[k]), escape_xml(run.revision),
          escape_xml(run.started), escape_xml(value_text(each.field, each.medians[k])));
    }
  }
  return out + "</svg>\n";
}

}  // namespace reports
