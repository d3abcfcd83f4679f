#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/charts/charts.hpp"
#include "reports/judge/places.hpp"

// What the charts are put together from.
namespace reports::parts {

using nlohmann::json;

// Labels of an axis in units: for fields in ns, in bytes, or plain numbers.
json axis_for(std::string_view field, std::string title);

// A transform that keeps the rows whose field is true, or is there at all.
json only(std::string_view field);
json having(std::string_view field);

// {"type": "log"} or {"type": "linear", "zero": true}
json scale(bool log);
// A switch of an axis' scale; `path` is its encoding.
json scale_switch(std::string label, const std::vector<std::string>& paths, bool log);

json option(std::string label, json patch);
json choice(std::string label, json options, std::size_t selected);

json tooltip(std::string_view field, std::string title, const char* format = nullptr);
// Colour and shape by model; with a legend only where the model is not written beside the mark.
void add_model_encoding(json& spec, const findings& all, bool legend);

// The median of a field with its interval into `row`, as <name>, <name>_low, <name>_high and, for a
// reader, <name>_text. Nothing where the cell lacks it.
void put(json& row, const std::string& name, std::string_view field, const estimate& value);
// The same without the interval's ends as numbers.
void put_text(json& row, const std::string& name, std::string_view field, const estimate& value);
std::optional<estimate> estimate_of(const cell& of, std::string_view field);
// One number for a cell: the median over its samples, but a percentile or the worst of latencies is
// of all their events together where the file has these.
std::optional<double> number_of(const cell& of, std::string_view field);

// Every counter that a workload's cells have, beside time and CPU time, and the percentiles that
// only all samples together know.
std::vector<std::string> fields_of(const workload_findings& one);

// An empty chart of a fixed height that fills its container's width.
json frame();
bool wide_span(const std::vector<double>& values);  // needs a log scale

// Of the group of most work and workers, which a reader wants first.
std::size_t main_place(const workload_findings& one);

chart time_chart(const findings& all, const workload_findings& one);
std::vector<chart> curve_charts(const findings& all, const workload_findings& one);
std::optional<chart> latency_chart(const findings& all, const workload_findings& one);
std::optional<chart> cost_chart(const findings& all, const workload_findings& one);
std::optional<chart> trade_off_chart(const findings& all, const workload_findings& one);

}  // namespace reports::parts
