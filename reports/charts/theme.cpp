#include <algorithm>
#include <array>
#include <set>

#include "reports/charts/charts.hpp"

namespace reports {
namespace {

using nlohmann::json;

// After Okabe and Ito (2008), darkened or lightened until each has a contrast of at least 3 to its
// ground (WCAG 2.2, 1.4.11). The last two are the baselines'.
constexpr std::array light = {"#0072b2", "#00805c", "#4b3b8f", "#b07800", "#d05000",
                              "#7a6250", "#a8408f", "#2f8fcc", "#5a5f66", "#8a8f96"};
constexpr std::array dark = {"#58b0f0", "#3ccf9f", "#a99bff", "#f0c04a", "#ff8a4c",
                             "#c9b098", "#e58fd6", "#9ed8ff", "#b4bac2", "#858c96"};
// With an inside, as all others have, so that it can be filled.
constexpr const char* saltire =
    "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z";
constexpr std::array shapes = {"circle",        "square",         "diamond",
                               "triangle-up",   "triangle-down",  "cross",
                               "triangle-left", "triangle-right", saltire};

}  // namespace

json chart_theme(bool is_dark) {
  const char *ink = is_dark ? "#e8eaed" : "#1c2127", *quiet = is_dark ? "#aab2bd" : "#555e69",
             *line = is_dark ? "#353c46" : "#e3e6ea", *font = "system-ui, sans-serif";
  json text = {{"labelColor", quiet}, {"titleColor", quiet},         {"labelFont", font},
               {"titleFont", font},   {"titleFontWeight", "normal"}, {"labelFontSize", 12},
               {"titleFontSize", 12}};
  json axis = text;
  axis.update({{"gridColor", line},
               {"domainColor", line},
               {"tickColor", line},
               {"labelLimit", 260},
               {"titlePadding", 8}});
  json legend = text;
  legend.update({{"symbolSize", 90},
                 {"symbolOpacity", 1},
                 {"title", nullptr},
                 {"labelLimit", 220},
                 {"rowPadding", 4}});
  return {
      {"background", nullptr},
      {"font", font},
      {"view", {{"stroke", nullptr}}},
      {"axis", axis},
      {"legend", legend},
      {"title", {{"color", ink}, {"anchor", "start"}, {"fontSize", 14}, {"subtitleColor", quiet}}},
      {"text", {{"color", ink}, {"font", font}, {"fontSize", 12}}},
      {"rule", {{"color", quiet}}},
      {"style",
       {{"quiet", {{"color", quiet}, {"fill", quiet}}},
        {"band", {{"fill", is_dark ? "#5b6470" : "#b8bfc8"}}}}},
      {"range",
       {{"category", is_dark ? json(dark) : json(light)},
        {"heatmap", is_dark ? json{"#2b3440", "#2f5f8a", "#58b0f0"}
                            : json{"#eef3f8", "#8dbbe0", "#0b5a94"}}}}};
}

// Colours repeat after 8 and shapes after 7, so that no two of the first 56 models look the same.
model_scales scales_of(const std::vector<std::string>& models) {
  model_scales out{json::array(), json::array(), json::array()};
  std::size_t contender = 0;
  for (const std::string& model : models) {
    bool baseline = is_baseline(model);
    out.domain.push_back(model);
    out.colours.push_back(baseline ? (model == "serial" ? 8 : 9) : contender % 8);
    out.shapes.push_back(baseline ? shapes[model == "serial" ? 7 : 8] : shapes[contender % 7]);
    contender += !baseline;
  }
  return out;
}

json chart::settled(bool dark) const {
  json out = spec;
  for (const json& each : switches)
    for (const auto& [pointer, value] :
         each["options"][each["selected"].get<std::size_t>()]["patch"].items())
      out[json::json_pointer(pointer)] = value;
  if (row_height > 0) out["height"] = row_height * out["encoding"]["y"]["scale"]["domain"].size();
  json theme = chart_theme(dark);
  std::set<json> used;
  for (const json& row : out["data"]["values"])
    if (row.contains("model")) used.insert(row["model"]);
  auto finish = [&](json& part) {
    for (const char* channel : {"color", "shape"}) {
      const json::json_pointer at("/encoding/" + std::string(channel) + "/scale");
      if (!part.contains(at) || !part[at].contains("domain") || !part[at].contains("range"))
        continue;
      // A model that the chart has no row of needs no place in its legend.
      json domain = json::array(), range = json::array();
      for (std::size_t i = 0; i < part[at]["domain"].size(); ++i)
        if (used.contains(part[at]["domain"][i])) {
          const json& slot = part[at]["range"][i];
          domain.push_back(part[at]["domain"][i]);
          range.push_back(slot.is_number() ? theme["range"]["category"][slot.get<std::size_t>()]
                                           : slot);
        }
      part[at]["domain"] = domain;
      part[at]["range"] = range;
    }
  };
  finish(out);
  for (json& layer : out["layer"]) finish(layer);
  out["config"] = std::move(theme);
  return out;
}

}  // namespace reports
