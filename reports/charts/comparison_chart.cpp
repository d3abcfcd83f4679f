#include "reports/charts/comparison_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "reports/base/text.hpp"

namespace reports {
namespace {

constexpr std::size_t most_rows = 40;
constexpr int width = 900, left = 430, right = 110, top = 64, row_height = 26;

// Changed rows by size, then what had to be judged, in the order of the comparison.
std::vector<const judgement*> rows_to_draw(const comparison& from) {
  std::vector<const judgement*> out;
  for (const judgement& each : from.rows)
    if (std::isfinite(each.effect.value) && (is_changed(each) || each.required))
      out.push_back(&each);
  std::ranges::stable_sort(out, std::greater{}, [](const judgement* each) {
    return is_changed(*each) ? 1 + std::abs(std::log(each->effect.value)) : 0;
  });
  out.resize(std::min(out.size(), most_rows));
  return out;
}

// The largest change that the axis must hold, as a log ratio.
double reach_of(const std::vector<const judgement*>& rows, double threshold) {
  double reach = 2 * std::log1p(threshold);
  for (const judgement* each : rows) {
    reach = std::max(reach, std::abs(std::log(each->effect.value)));
    if (is_changed(*each) && each->effect.range)
      for (double end : {each->effect.range->low, each->effect.range->high})
        reach = std::max(reach, std::abs(std::log(end)));
  }
  return std::max(reach, 0.02) * 1.1;
}

// Round changes for the axis' ticks, not more than fit beside each other.
std::vector<double> ticks_of(double reach) {
  constexpr std::array steps = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0};
  std::vector<double> out{0};
  if (reach > std::log(2)) {  // as many times as long or as short
    double factor = 2;
    while (reach / std::log(factor) > 3.5) factor *= 2;
    for (double times = factor; std::log(times) <= reach; times *= factor)
      out.insert(out.end(), {times - 1, 1 / times - 1});
    return out;
  }
  for (double step : steps) {
    if (step < std::expm1(reach) / 3.5) continue;
    for (double share = step; std::log1p(share) <= reach && out.size() < 9; share += step) {
      out.push_back(share);
      if (share < 1 && -std::log1p(-share) <= reach) out.push_back(-share);
    }
    break;
  }
  return out;
}

// Shape and colour both tell a verdict, so that neither is needed.
std::string mark(const judgement& row, double x, double y) {
  switch (row.result) {
    case change::regressed:
      return fmt::format(
          "<path class=\"worse\" d=\"M{:.1f} {:.1f} l7 12 h-14 z\"><title>regressed</title></path>",
          x, y - 7);
    case change::improved:
      return fmt::format(
          "<path class=\"better\" d=\"M{:.1f} {:.1f} l7 -12 h-14 z\"><title>improved</title>"
          "</path>",
          x, y + 7);
    case change::unchanged:
      return fmt::format(
          "<circle class=\"same\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"><title>unchanged</title>"
          "</circle>",
          x, y);
    case change::cannot_judge:
      break;
  }
  return fmt::format(
      "<rect class=\"open\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"8\" height=\"8\"><title>cannot "
      "judge</title></rect>",
      x - 4, y - 4);
}

std::string shortened(const std::string& text, std::size_t most) {
  return columns(text) <= most ? text : text.substr(0, most - 1) + "…";
}

}  // namespace

std::string comparison_svg(const comparison& from) {
  const auto rows = rows_to_draw(from);
  const double reach = reach_of(rows, from.threshold);
  const double centre = left + (width - left - right) / 2.0;
  const int height =
      top + static_cast<int>(std::max<std::size_t>(rows.size(), 1)) * row_height + 30;
  auto across = [&](double log) {
    return centre + std::clamp(log / reach, -1.0, 1.0) * (width - left - right) / 2.0;
  };
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n"
      "<style>svg{{background:#fff}}text{{fill:#222}}.grid{{stroke:#ccc}}.zero{{stroke:#555}}"
      ".band{{fill:#0001}}.range{{stroke:#444;stroke-width:2}}.worse{{fill:#b3261e}}"
      ".better{{fill:#0060a8}}.same{{fill:#555}}.open{{fill:none;stroke:#555}}"
      "@media (prefers-color-scheme: dark){{svg{{background:#16181c}}text{{fill:#ddd}}"
      ".grid{{stroke:#444}}.zero{{stroke:#aaa}}.band{{fill:#fff2}}.range{{stroke:#bbb}}"
      ".worse{{fill:#ff8a80}}.better{{fill:#6cb6ff}}.same{{fill:#aaa}}.open{{stroke:#aaa}}}}"
      "</style>\n<text x=\"16\" y=\"24\" font-size=\"15\" font-weight=\"600\">{2} regressed, {3} "
      "improved, {4} unchanged, {5} cannot be judged</text>\n<text x=\"16\" y=\"43\" "
      "class=\"key\">▲ regressed, ▼ improved, ● unchanged, □ cannot judge; lines are 95 % "
      "intervals, "
      "changes within the band do not matter</text>\n",
      width, height, from.count(change::regressed), from.count(change::improved),
      from.count(change::unchanged), from.count(change::cannot_judge));
  const double bottom = height - 26, margin = std::log1p(from.threshold);
  out += fmt::format(
      "<rect class=\"band\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
      across(-margin), top - 14, across(margin) - across(-margin), bottom - top + 14);
  for (double share : ticks_of(reach))
    out += fmt::format(
        "<line class=\"{0}\" x1=\"{1:.1f}\" x2=\"{1:.1f}\" y1=\"{2}\" y2=\"{3:.1f}\"/><text "
        "x=\"{1:.1f}\" y=\"{4:.1f}\" text-anchor=\"middle\">{5}</text>\n",
        share == 0 ? "zero" : "grid", across(std::log1p(share)), top - 14, bottom, bottom + 16,
        share == 0 ? "0" : change_text(1 + share));
  if (rows.empty())
    out += fmt::format("<text x=\"16\" y=\"{}\">No row has a number.</text>\n", top + 4);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const judgement& row = *rows[i];
    const double y = top + static_cast<double>(i) * row_height;
    const std::string name = printable(row.name), label = fmt::format(" {}", label_of(row.field));
    out += fmt::format("<text x=\"16\" y=\"{:.1f}\"{}>{}<title>{}</title></text>", y + 4,
                       is_changed(row) ? " font-weight=\"600\"" : "",
                       escape_xml(shortened(name, 60 - label.size()) + label),
                       escape_xml(name + label));
    if (row.effect.range)
      out += fmt::format(
          "<line class=\"range\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
          across(std::log(row.effect.range->low)), across(std::log(row.effect.range->high)), y, y);
    out += mark(row, across(std::log(row.effect.value)), y);
    out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", width - 16,
                       y + 4, change_text(row.effect.value));
  }
  return out + "</svg>\n";
}

}  // namespace reports
