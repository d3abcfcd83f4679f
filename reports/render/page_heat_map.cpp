#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reports/base/text.hpp"
#include "reports/base/words.hpp"
#include "reports/judge/places.hpp"
#include "reports/render/page_parts.hpp"

namespace reports::html {
namespace {

// A narrow screen breaks a name behind its family, not inside a word.
std::string breakable(std::string_view name) {
  std::string out = esc(name);
  if (auto slash = out.find('/'); slash != out.npos) out.insert(slash + 1, "<wbr>");
  return out;
}

int heat_step(double ratio) {
  static constexpr std::pair<double, int> steps[] = {{1.05, 9}, {1.5, 8}, {2.5, 6}, {5, 5},
                                                     {12, 4},   {40, 3},  {200, 2}, {1000, 1}};
  for (auto [up_to, step] : steps)
    if (ratio <= up_to) return step;
  return 0;
}

std::string bare_ratio(double ratio) {
  std::string out = ratio_text(ratio);
  return with_separators(out.substr(0, out.size() - 2));  // without the sign of multiplication
}

// What a model has over some groups: a number, or why not.
struct heat_entry {
  std::vector<double> ratios;
  std::size_t led = 0;
  std::string cause, reason;
};

std::map<std::string, heat_entry> entries_over(const std::vector<const ranking*>& groups) {
  std::map<std::string, heat_entry> out;
  for (const ranking* each : groups) {
    for (const auto* list : {&each->places, &each->baselines})
      for (const standing& place : *list) {
        heat_entry& one = out[place.of->model];
        if (place.ratio.value > 0) one.ratios.push_back(place.ratio.value);
        one.led += !place.baseline && (place.best || place.tied_with_best);
      }
    for (const cell* one : each->invalid) out[one->model].cause = one->cause();
    for (const absent_cell* one : each->of->absent) out[one->model].reason = one->reason;
  }
  return out;
}

std::string heat_cells(const findings& all, const std::vector<const ranking*>& groups,
                       bool family) {
  auto entries = entries_over(groups);
  std::size_t possible =
      std::ranges::count_if(groups, [](const ranking* each) { return !each->places.empty(); });
  std::string out;
  for (std::size_t m = 0; m < all.models.size(); ++m) {
    const heat_entry& one = entries[all.models[m]];
    const std::string at = fmt::format(" data-m=\"{}\"", m);
    if (one.ratios.empty()) {
      bool failed = !one.cause.empty();
      out += fmt::format("<td{} class=\"{}\" title=\"{}\">{}</td>", at, failed ? "failed" : "none",
                         esc(failed               ? one.cause
                             : one.reason.empty() ? "not measured"
                                                  : one.reason),
                         failed ? "✕ invalid" : "–");
      continue;
    }
    double ratio = geometric_mean(one.ratios);
    const bool baseline = is_baseline(all.models[m]);
    std::string mark;
    if (!baseline && one.led > 0)
      mark = one.led == possible ? " <span class=\"mark\" title=\"best or tied\">●</span>"
                                 : " <span class=\"mark\" title=\"best or tied in some\">◐</span>";
    if (!one.cause.empty())
      mark += fmt::format(" <span class=\"bad\" title=\"{}\">✕</span>", esc(one.cause));
    std::string coverage = family || one.ratios.size() < possible
                               ? fmt::format(" <small>{}/{}</small>", one.ratios.size(), possible)
                               : "";
    out += fmt::format("<td{} class=\"{}\" data-v=\"{}\">{}{}{}</td>", at,
                       baseline ? "base"
                       : family ? ""
                                : fmt::format("h{}", heat_step(ratio)),
                       ratio, bare_ratio(ratio), mark, coverage);
  }
  return out;
}

}  // namespace

std::string heat_map(const findings& all, const std::string& prefix) {
  if (!all.compares) return {};
  std::string out = fmt::format(
      "<h2 id=\"{0}heat\">Time, as a ratio to the best model</h2>"
      "<div class=\"bar-of-buttons\"><button type=\"button\" data-every-size "
      "aria-pressed=\"false\">"
      "Show every size</button><button type=\"button\" class=\"csv\" "
      "data-csv=\"{0}heat-table\">CSV</button>"
      "<span data-overview></span></div>"
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"{0}heat\">"
      "<table class=\"heat\" id=\"{0}heat-table\" data-name=\"ratios\"><thead><tr>"
      "<th scope=\"col\">workload</th>",
      prefix);
  for (std::size_t m = 0; m < all.models.size(); ++m)
    out += fmt::format("<th scope=\"col\" data-m=\"{}\">{}</th>", m, esc(all.models[m]));
  out += "</tr></thead>";
  std::map<std::string, std::vector<std::size_t>> members;
  for (std::size_t w = 0; w < all.workloads.size(); ++w)
    members[family_of(all.workloads[w].name)].push_back(w);
  for (const family_findings& family : all.families) {
    out += fmt::format(
        "<tbody><tr class=\"family\"><th scope=\"row\">{} <small>geometric "
        "mean</small></th>{}</tr>",
        esc(family.name), heat_cells(all, family.over, true));
    for (std::size_t w : members[family.name]) {
      const workload_findings& one = all.workloads[w];
      const std::string id = workload_id(prefix, w);
      bool several = one.over.size() > 1;
      out += fmt::format(
          "<tr data-w=\"{0}\"><th scope=\"row\">{1}<a href=\"#{0}\">{2}</a></th>{3}</tr>", id,
          several ? fmt::format("<button type=\"button\" aria-expanded=\"false\" data-sizes=\"{}\" "
                                "aria-label=\"sizes of {}\">▸</button>",
                                id, esc(one.name))
                  : "",
          breakable(one.name), heat_cells(all, one.over, false));
      if (several)
        for (const ranking* each : one.over)
          out += fmt::format(
              "<tr class=\"place\" data-of=\"{}\" hidden><th scope=\"row\">{}</th>{}</tr>", id,
              esc(place_title(*each->of, differing(one.over))), heat_cells(all, {each}, false));
    }
    out += "</tbody>";
  }
  out +=
      "</table></div><p class=\"key\"><span><span class=\"swatch h9\"></span> the best, or within "
      "5 %</span><span><span class=\"swatch h6\"></span> to 2.5 times</span><span><span "
      "class=\"swatch h4\"></span> to 12</span><span><span class=\"swatch h2\"></span> to "
      "200</span><span>● best or tied in every size</span><span>◐ in some</span><span>– cannot "
      "be</span><span>✕ invalid</span><span>12/18: has 12 of 18 cells</span>"
      "<span><i>italic</i>: baselines, which do not compete</span></p>";
  return out;
}

}  // namespace reports::html
