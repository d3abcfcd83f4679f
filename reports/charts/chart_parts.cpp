#include "reports/charts/chart_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/base/text.hpp"
#include "reports/base/words.hpp"

namespace reports::parts {

json axis_for(std::string_view field, std::string title) {
  json out = {{"title", std::move(title)},
              {"labelOverlap", true},
              {"labelSeparation", 8},
              {"tickCount", 5}};
  // On a log scale Vega leaves the labels of minor ticks empty: so do these.
  auto in_steps = [](const char* unit) {
    return fmt::format(
        "!datum.label ? '' : abs(datum.value) >= 1e9 ? format(datum.value / 1e9, '~g') + ' s' : "
        "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, '~g') + ' ms' : abs(datum.value) >= "
        "1e3 ? format(datum.value / 1e3, '~g') + ' µs' : format(datum.value, '~g') + ' {}'",
        unit);
  };
  if (field.ends_with("_ns") || field.starts_with("cpu_ns"))
    out["labelExpr"] = in_steps("ns");
  else if (field.ends_with("_bytes") || field.starts_with("bytes_per"))
    out["labelExpr"] = "!datum.label ? '' : format(datum.value, '~s') + 'B'";
  else if (field == "ratio")
    out["labelExpr"] = "!datum.label ? '' : format(datum.value, '~r') + '×'";
  else
    out["labelExpr"] =
        "!datum.label ? '' : abs(datum.value) < 1 ? format(datum.value, '~g') : "
        "format(datum.value, '~s')";
  return out;
}

json only(std::string_view field) {
  json predicate = {{"field", field}, {"equal", true}};
  return json::array({json{{"filter", predicate}}});
}

json having(std::string_view field) {
  json predicate = {{"field", field}, {"valid", true}};
  return json::array({json{{"filter", predicate}}});
}

json scale(bool log) {
  if (log) return {{"type", "log"}, {"nice", false}, {"padding", 14}};
  return {{"type", "linear"}, {"zero", true}};
}

json scale_switch(std::string label, const std::vector<std::string>& paths, bool log) {
  json options = json::array();
  for (bool each : {true, false}) {
    json patch = json::object();
    for (const std::string& path : paths) patch[path + "/scale"] = scale(each);
    options.push_back(option(each ? "log" : "linear", patch));
  }
  return choice(std::move(label), options, log ? 0 : 1);
}

json option(std::string label, json patch) {
  return {{"label", std::move(label)}, {"patch", std::move(patch)}};
}

json choice(std::string label, json options, std::size_t selected) {
  return {{"label", std::move(label)}, {"options", std::move(options)}, {"selected", selected}};
}

json tooltip(std::string_view field, std::string title, const char* format) {
  json out = {{"field", field}, {"title", std::move(title)}};
  if (format) out.update({{"type", "quantitative"}, {"format", format}});
  return out;
}

void add_model_encoding(json& spec, const findings& all, bool legend) {
  if (all.models.empty()) return;
  auto [domain, colours, shapes] = scales_of(all.models);
  json shown = legend ? json{{"orient", "top"}, {"columns", 4}} : json(nullptr);
  spec["encoding"]["color"] = {{"field", "model"},
                               {"type", "nominal"},
                               {"legend", shown},
                               {"scale", {{"domain", domain}, {"range", colours}}}};
  spec["encoding"]["shape"] = {{"field", "model"},
                               {"type", "nominal"},
                               {"legend", shown},
                               {"scale", {{"domain", domain}, {"range", shapes}}}};
}

void put(json& row, const std::string& name, std::string_view field, const estimate& value) {
  put_text(row, name, field, value);
  row[name + "_low"] = value.range ? value.range->low : value.value;
  row[name + "_high"] = value.range ? value.range->high : value.value;
}

void put_text(json& row, const std::string& name, std::string_view field, const estimate& value) {
  auto text = [&](double each) {
    return field == "ratio" ? ratio_text(each) : value_text(field, each);
  };
  row[name] = value.value;
  row[name + "_text"] = text(value.value);
  row[name + "_range"] =
      value.range ? text(value.range->low) + " to " + text(value.range->high) : "too few samples";
}

std::optional<estimate> estimate_of(const cell& of, std::string_view field) {
  if (!of.valid()) return {};
  auto values = values_of(of, field);
  if (values.empty()) return {};
  return median_estimate(values);
}

std::optional<double> number_of(const cell& of, std::string_view field) {
  if (!of.valid()) return {};
  const auto share = share_of(field);
  if (share || field == "max_ns")
    if (const auto all = latencies_of(of)) {
      if (!share) return all->max_ns();
      return all->knows(*share) ? std::optional(all->percentile(*share)) : std::nullopt;
    }
  const auto values = values_of(of, field);
  return values.empty() ? std::nullopt : std::optional(median(values));
}

std::vector<std::string> fields_of(const workload_findings& one) {
  std::set<std::string> seen;
  for (const ranking* each : one.over)
    for (const cell& of : each->of->cells)
      if (of.valid())
        for (const auto& [name, value] : of.samples.front()->counters) seen.emplace(name);
  for (const ranking* each : one.over)
    for (const cell& of : each->of->cells)
      if (of.valid() && of.samples.front()->latencies)
        for (const char* rare : {"p50_ns", "p90_ns", "p99_ns", "p999_ns", "p9999_ns"})
          if (!seen.contains(rare) && number_of(of, rare)) seen.insert(rare);
  std::vector<std::string> out = {"cpu_ns"};
  for (const char* first : {"cpu_ns_per_task", "peak_bytes", "bytes_per_task"})
    if (seen.erase(first)) out.emplace_back(first);
  out.insert(out.end(), seen.begin(), seen.end());
  return out;
}

json frame() {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
          {"width", "container"},
          {"height", 280},
          {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}}};
}

bool wide_span(const std::vector<double>& values) {
  auto [least, most] = std::ranges::minmax_element(values);
  return !values.empty() && *least > 0 && *most > 8 * *least;
}

std::size_t main_place(const workload_findings& one) {
  // Groups are sorted, the workers last: the largest work is at the end.
  return one.over.empty() ? 0 : one.over.size() - 1;
}

}  // namespace reports::parts
