#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reports/judge/findings.hpp"

namespace reports {

// A chart as a Vega-Lite specification without a theme, complete with its data. Rows of data that
// belong to a model name it in `model`, which is what a page filters by.
struct chart {
  std::string id;  // of letters, digits and hyphens; unique within a workload
  std::string title;
  std::string summary;  // what it shows, for who cannot see it
  nlohmann::json spec;
  // Of a chart with one line per model: its height is this times the domain of y. 0: as in `spec`.
  int row_height = 0;
  // [{"label", "selected": index, "options": [{"label", "patch": {JSON pointer: value, ...}},
  // ...]},
  // ...], to be applied in this order; the specification stands at none.
  nlohmann::json switches = nlohmann::json::array();

  // With every switch at its selected option and the colours of a theme.
  nlohmann::json settled(bool dark) const;
};

// None where no cell is valid.
std::vector<chart> charts_of(const findings& all, const workload_findings& one);

// Workloads by models, the ratio to the best as colour and text.
chart overview_chart(const findings& all);

// Vega-Lite's configuration: fonts, inks and the colours of the models.
nlohmann::json chart_theme(bool dark);

// Domain, colours (as places in the theme's) and shapes of the models.
struct model_scales {
  nlohmann::json domain, colours, shapes;
};
model_scales scales_of(const std::vector<std::string>& models);

}  // namespace reports
