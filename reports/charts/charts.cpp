#include "reports/charts/charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reports/base/text.hpp"
#include "reports/base/words.hpp"
#include "reports/charts/chart_parts.hpp"

namespace reports {
namespace parts {

// One line per cell: its samples as dots, its median as the model's sign, its interval as a bar. In
// a file without models the cells of all parameters stand below one another.
chart time_chart(const findings& all, const workload_findings& one) {
  chart out;
  out.id = "time";
  out.title = "Time, every sample";
  out.spec = frame();
  out.row_height = 30;
  json& spec = out.spec;
  std::vector<double> medians;
  json options = json::array(), rows = json::array(), lines = json::array();
  const char* where = all.compares ? "model" : "line";
  const auto differ = differing(one.over);
  auto add_cell = [&](const cell& of, const standing* at, const std::string& label) {
    auto time = estimate_of(of, "time_ns");
    if (!time) return;
    json row = {{where, label}, {"samples", of.samples.size()}};
    put(row, "time", "time_ns", *time);
    if (at) row["ratio_text"] = ratio_text(at->ratio.value);
    rows.push_back(std::move(row));
    for (const auto* list : {&of.samples, &of.disturbed})
      for (const reports::row* each : *list) {
        json dot = {{where, label}, {"time", each->time_ns}, {"sample", each->sample}};
        if (each->disturbed) dot["disturbed"] = *each->disturbed;
        rows.push_back(std::move(dot));
      }
    lines.push_back(label);
    medians.push_back(time->value);
  };
  if (all.compares) {
    for (const ranking* each : one.over) {
      rows = lines = json::array();
      std::vector<const standing*> order;
      for (const auto* list : {&each->places, &each->baselines})
        for (const standing& place : *list) order.push_back(&place);
      std::ranges::stable_sort(order, {}, [](auto* place) { return place->time.value; });
      for (const standing* place : order) add_cell(*place->of, place, place->of->model);
      options.push_back(option(
          place_title(*each->of, differ),
          {{"/data/values", std::move(rows)}, {"/encoding/y/scale/domain", std::move(lines)}}));
    }
    out.switches.push_back(choice("at", std::move(options), main_place(one)));
    out.summary = fmt::format(
        "Time of one run of {} per model, the fastest on top: the median with its 95 % interval, "
        "and "
        "every sample as a dot.",
        one.name);
  } else {
    for (const ranking* each : one.over)
      for (const cell& of : each->of->cells)
        add_cell(of, nullptr, differ.empty() ? of.name : place_title(*each->of, differ));
    spec["data"]["values"] = std::move(rows);
    spec["encoding"]["y"]["scale"]["domain"] = std::move(lines);
    out.summary = fmt::format(
        "Time of one iteration of {}: the median with its 95 % interval, and every sample as a "
        "dot.",
        one.name);
  }
  out.switches.push_back(scale_switch("scale", {"/encoding/x"}, wide_span(medians)));

  spec["encoding"]["y"].update(
      {{"field", where}, {"type", "nominal"}, {"axis", {{"title", nullptr}, {"grid", true}}}});
  spec["encoding"]["x"] = {{"field", "time"},
                           {"type", "quantitative"},
                           {"axis", axis_for("time_ns", "time of one run")}};
  add_model_encoding(spec, all, false);
  // Of the medians only: a line with a shape gets a sign at its end.
  json shape = spec["encoding"].value("shape", json());
  spec["encoding"].erase("shape");
  json sample_tip =
      json::array({tooltip(where, "cell"), tooltip("time", "time (ns)", ",.6~r"),
                   tooltip("sample", "sample"), tooltip("disturbed", "disturbed by")});
  json cell_tip =
      json::array({tooltip(where, "cell"), tooltip("time_text", "median"),
                   tooltip("time", "median (ns)", ",.6~r"), tooltip("time_range", "95 % interval"),
                   tooltip("ratio_text", "to the best"), tooltip("samples", "samples")});
  json is_sample = having("sample");
  json is_cell = having("samples");
  spec["layer"] = {
      {{"transform", is_sample},
       {"mark",
        {{"type", "point"}, {"size", 26}, {"filled", true}, {"opacity", 0.45}, {"yOffset", 7}}},
       {"encoding", {{"tooltip", sample_tip}}}},
      {{"transform", is_cell},
       {"mark", {{"type", "rule"}, {"strokeWidth", 5}, {"opacity", 0.75}, {"yOffset", -4}}},
       {"encoding", {{"x", {{"field", "time_low"}}}, {"x2", {{"field", "time_high"}}}}}},
      {{"transform", is_cell},
       {"mark",
        {{"type", "point"}, {"size", 110}, {"filled", true}, {"opacity", 1}, {"yOffset", -4}}},
       {"encoding", {{"tooltip", cell_tip}}}}};
  if (!shape.is_null()) spec["layer"][2]["encoding"]["shape"] = shape;
  return out;
}

}  // namespace parts

std::vector<chart> charts_of(const findings& all, const workload_findings& one) {
  std::vector<chart> out;
  const bool any = std::ranges::any_of(one.over, [](const ranking* each) {
    return !each->places.empty() || !each->baselines.empty();
  });
  if (!any) return out;
  out.push_back(parts::time_chart(all, one));
  for (chart& each : parts::curve_charts(all, one)) out.push_back(std::move(each));
  if (!all.compares) return out;
  for (auto* make : {parts::latency_chart, parts::cost_chart, parts::trade_off_chart})
    if (auto made = make(all, one)) out.push_back(std::move(*made));
  return out;
}

chart overview_chart(const findings& all) {
  using namespace parts;
  chart out;
  out.id = "overview";
  out.title = "Time, as a ratio to the best model";
  out.summary =
      "Workloads by models: the geometric mean of each model's time over the best model's.";
  out.spec = frame();
  out.spec["width"] = {{"step", 84}};
  out.spec["height"] = {{"step", 26}};
  out.spec.erase("autosize");
  json rows = json::array();
  for (const workload_findings& one : all.workloads)
    for (const overall& model : one.judged.models)
      rows.push_back({{"workload", one.name},
                      {"model", model.model},
                      {"ratio", model.to_best},
                      {"text", ratio_text(model.to_best)},
                      {"strong", model.to_best < 1.7}});
  out.spec["data"]["values"] = rows;
  json contenders = json::array();
  for (const std::string& model : all.models)
    if (!is_baseline(model)) contenders.push_back(model);
  json workloads = json::array();
  for (const workload_findings& one : all.workloads) workloads.push_back(one.name);
  out.spec["encoding"] = {{"x",
                           {{"field", "model"},
                            {"type", "nominal"},
                            {"scale", {{"domain", contenders}}},
                            {"axis", {{"orient", "top"}, {"title", nullptr}, {"labelAngle", 0}}}}},
                          {"y",
                           {{"field", "workload"},
                            {"type", "nominal"},
                            {"scale", {{"domain", workloads}}},
                            {"axis", {{"title", nullptr}}}}}};
  out.spec["layer"] = {
      {{"mark", {{"type", "rect"}, {"cornerRadius", 3}, {"stroke", "white"}}},
       {"encoding",
        {{"color",
          {{"field", "ratio"},
           {"type", "quantitative"},
           {"legend", nullptr},
           {"scale",
            {{"type", "log"}, {"domain", {1, 3, 1000}}, {"clamp", true}, {"reverse", true}}}}}}}},
      {{"mark", {{"type", "text"}}},
       {"encoding",
        {{"text", {{"field", "text"}}},
         {"color",
          {{"condition", {{"test", "datum.strong"}, {"value", "#ffffff"}}},
           {"value", "#1c2127"}}}}}}};
  return out;
}

}  // namespace reports
