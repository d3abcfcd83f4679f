#include <fmt/format.h>

#include <algorithm>

#include "reports/base/text.hpp"
#include "reports/base/words.hpp"
#include "reports/charts/chart_parts.hpp"
#include "reports/judge/ratios.hpp"

namespace reports::parts {
namespace {

struct measure {
  std::string name, title, field;  // `field` says the unit
};

estimate scaled(estimate by, double factor) {
  by.value *= factor;
  if (by.range) by.range = {by.range->low * factor, by.range->high * factor};
  return by;
}

// One model at one x, in every measure.
json point_of(const cell& of, double x, const standing& place, const cell* first, double first_x,
              bool over_workers) {
  json row = {{"x", x}};
  put(row, "time", "time_ns", place.time);
  if (place.ratio.value > 0) put(row, "ratio", "ratio", place.ratio);
  if (auto rate = estimate_of(of, "tasks_per_second")) put(row, "rate", "tasks_per_second", *rate);
  if (!over_workers) {
    put(row, "each", "time_ns", scaled(place.time, 1 / x));
  } else if (first) {
    estimate faster = first == &of ? estimate{1, {}, place.time.samples} : ratio_of(*first, of);
    put(row, "speed_up", "ratio", faster);
    put(row, "efficiency", "share", scaled(faster, first_x / x));
  }
  return row;
}

chart curve_chart(const findings& all, const workload_findings& one, const std::string& axis,
                  const std::vector<const series*>& lines) {
  const bool over_workers = axis == "workers";
  const auto differ = differing(one.over);
  chart out;
  out.title = "Over " + axis;
  out.spec = frame();
  json& spec = out.spec;
  bool rates = false;
  bool crossed = false;
  std::vector<double> xs, times;
  json options = json::array();
  for (const series* each : lines) {
    json rows = json::array();
    std::map<std::string, std::pair<const cell*, double>> firsts;
    for (const auto& [x, at] : each->points)
      for (const auto* list : {&at->places, &at->baselines})
        for (const standing& place : *list) {
          // A baseline has one worker wherever it stands.
          if (over_workers && is_baseline(place.of->model)) continue;
          auto& first = firsts.try_emplace(place.of->model, place.of, x).first->second;
          json row = point_of(*place.of, x, place, first.first, first.second, over_workers);
          row["model"] = all.compares ? place.of->model : one.name;
          rates = rates || row.contains("rate");
          rows.push_back(std::move(row));
          xs.push_back(x);
          times.push_back(place.time.value);
        }
    for (const crossover* cross : one.crossed)
      if (cross->along == each && cross->leads && !cross->thin) {
        crossed = true;
        rows.push_back({{"x", cross->x},
                        {"x_low", cross->range.low},
                        {"x_high", cross->range.high},
                        {"words", fmt::format("{} overtakes {}", cross->over, cross->under)},
                        {"range", fmt::format("{} ({} to {})", number_text(cross->x),
                                              number_text(cross->range.low),
                                              number_text(cross->range.high))}});
      }
    // What is held: the group without the axis itself.
    const group& any = *each->points.front().at->of;
    group without{"", any.params, over_workers ? 0 : any.workers, {}, {}};
    std::erase_if(without.params, [&](const auto& param) { return param.first == axis; });
    options.push_back(option(place_title(without, differ), {{"/data/values", std::move(rows)}}));
  }
  if (const std::size_t last = options.size() - 1; last > 0)
    out.switches.push_back(choice("at", std::move(options), last));
  else
    spec["data"]["values"] = std::move(options[0]["patch"]["/data/values"]);

  std::vector<measure> measures = {{"time", "time of one run", "time_ns"}};
  if (over_workers) {
    measures.push_back({"speed_up", "speed-up over the fewest workers", "ratio"});
    measures.push_back({"efficiency", "speed-up per worker", "share"});
  } else {
    measures.push_back({"each", "time per one of " + axis, "time_ns"});
  }
  if (rates) measures.push_back({"rate", "tasks per second", "tasks_per_second"});
  if (all.compares) measures.push_back({"ratio", "time to the best", "ratio"});
  json shown = json::array();
  for (const measure& each : measures)
    shown.push_back(
        option(each.title, {{"/encoding/y/axis", axis_for(each.field, each.title)},
                            {"/layer/1/encoding/y/field", each.name + "_low"},
                            {"/layer/1/encoding/y2/field", each.name + "_high"},
                            {"/layer/2/encoding/y/field", each.name},
                            {"/layer/3/encoding/y/field", each.name},
                            {"/layer/3/encoding/tooltip/2/field", each.name + "_text"},
                            {"/layer/3/encoding/tooltip/3/field", each.name + "_range"}}));
  out.switches.push_back(choice("measure", shown, 0));
  out.switches.push_back(scale_switch("scale", {"/encoding/y"}, wide_span(times)));

  json x_axis = axis_for("", axis);
  if (over_workers) {
    std::ranges::sort(xs);
    xs.erase(std::unique(xs.begin(), xs.end()), xs.end());
    if (xs.size() <= 12) x_axis["values"] = xs;
  }
  // Said outright: a layer without rows must not be asked for it.
  json x_scale = {{"type", wide_span(xs) ? "log" : "linear"}, {"nice", false}};
  if (!xs.empty()) x_scale["domain"] = {std::ranges::min(xs), std::ranges::max(xs)};
  spec["encoding"] = {
      {"x", {{"field", "x"}, {"type", "quantitative"}, {"axis", x_axis}, {"scale", x_scale}}},
      {"y", {{"type", "quantitative"}}}};
  add_model_encoding(spec, all, true);
  json points = having("time");
  json tips = json::array({tooltip("model", "model"), tooltip("x", axis, ",~r"),
                           tooltip("time_text", "median"), tooltip("time_range", "95 % interval")});
  spec["layer"] = {
      {{"transform", having("x_low")},
       {"mark", {{"type", "rect"}, {"style", "band"}, {"opacity", 0.45}}},
       {"encoding",
        {{"x", {{"field", "x_low"}}},
         {"x2", {{"field", "x_high"}}},
         {"y", {{"value", 0}}},
         {"y2", {{"value", "height"}}},
         {"color", {{"value", "#98a1ac"}}},
         {"tooltip", {tooltip("words", "crossover"), tooltip("range", "at")}}}}},
      {{"transform", points},
       {"mark", {{"type", "area"}, {"opacity", 0.22}}},
       {"encoding", {{"y", {{"field", "time_low"}}}, {"y2", {{"field", "time_high"}}}}}},
      {{"transform", points},
       {"mark", {{"type", "line"}, {"strokeWidth", 2}}},
       {"encoding", {{"y", {{"field", "time"}}}}}},
      {{"transform", points},
       {"mark", {{"type", "point"}, {"size", 80}, {"filled", true}, {"opacity", 1}}},
       {"encoding", {{"y", {{"field", "time"}}}, {"tooltip", tips}}}}};
  // Only the points have a shape.
  json shape = spec["encoding"]["shape"];
  spec["encoding"].erase("shape");
  if (!shape.is_null()) spec["layer"][3]["encoding"]["shape"] = shape;
  out.summary =
      fmt::format("{} over {}, one line per model with its 95 % interval as a band{}.", one.name,
                  axis, crossed ? "; grey bands are where the leader changes" : "");
  return out;
}

}  // namespace

std::vector<chart> curve_charts(const findings& all, const workload_findings& one) {
  std::vector<std::pair<std::string, std::vector<const series*>>> axes;
  for (const series* each : one.along) {
    auto found = std::ranges::find(axes, each->axis, [](auto& axis) { return axis.first; });
    if (found == axes.end()) found = axes.insert(axes.end(), {each->axis, {}});
    found->second.push_back(each);
  }
  std::vector<chart> out;
  for (const auto& [axis, lines] : axes) {
    out.push_back(curve_chart(all, one, axis, lines));
    out.back().id = "over-" + std::to_string(out.size());
  }
  return out;
}

}  // namespace reports::parts
