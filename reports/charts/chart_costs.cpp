#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/base/text.hpp"
#include "reports/base/words.hpp"
#include "reports/charts/chart_parts.hpp"
#include "reports/judge/ratios.hpp"

namespace reports::parts {
namespace {

// Percentiles among the fields, in their order: p50_ns, p90_ns, ..., max_ns.
std::vector<std::string> percentiles_of(const std::vector<std::string>& fields) {
  std::vector<std::string> out;
  for (const std::string& each : fields)
    if (share_of(each)) out.push_back(each);
  std::ranges::sort(out, {}, [](const std::string& field) { return *share_of(field); });
  if (std::ranges::find(fields, "max_ns") != fields.end()) out.emplace_back("max_ns");
  return out;
}

// Of all samples' events together, where the file has them; else medians over samples.
std::vector<latency_at> curve_of(const cell& of, const std::vector<std::string>& fields) {
  auto out = latency_curve(of);
  if (out.empty())
    for (const std::string& field : fields)
      if (auto value = estimate_of(of, field)) out.push_back({field, *value});
  return out;
}

std::vector<const standing*> by_time(const ranking& of) {
  std::vector<const standing*> out;
  for (const auto* list : {&of.places, &of.baselines})
    for (const standing& each : *list) out.push_back(&each);
  std::ranges::stable_sort(out, {}, [](auto* each) { return each->time.value; });
  return out;
}

json models_in(const std::vector<const standing*>& order) {
  json out = json::array();
  for (const standing* each : order) out.push_back(each->of->model);
  return out;
}

// Marks those that no other beats in both time and `field`, which are taken as less is better.
void mark_frontier(json& rows, const std::string& name) {
  auto key = [&](const json& row, const std::string& of) { return row[of].get<double>(); };
  for (json& row : rows) {
    if (!row.contains(name)) continue;
    row["front_" + name] = std::ranges::none_of(rows, [&](const json& other) {
      if (!other.contains(name)) return false;
      double time = key(other, "time") - key(row, "time"), cost = key(other, name) - key(row, name);
      return time <= 0 && cost <= 0 && (time < 0 || cost < 0);
    });
  }
}

}  // namespace

std::optional<chart> latency_chart(const findings& all, const workload_findings& one) {
  auto fields = percentiles_of(fields_of(one));
  if (fields.size() < 2) return {};
  chart out;
  out.id = "latency";
  out.title = "Latency";
  out.spec = frame();
  json& spec = out.spec;
  json options = json::array(), labels = json::array();
  const auto differ = differing(one.over);
  std::vector<double> values;
  bool together = false;
  auto label_of = [](const std::string& field) {
    std::string title = field_title(field);
    return title.ends_with(" latency") && title[0] == 'p' ? title.substr(0, title.size() - 8)
           : field == "p50_ns"                            ? std::string("median")
                                                          : std::string("worst");
  };
  for (const std::string& field : fields) labels.push_back(label_of(field));
  for (const ranking* each : one.over) {
    json rows = json::array();
    for (const standing* place : by_time(*each)) {
      const auto all_events = latencies_of(*place->of);
      together = together || all_events;
      for (const auto& [field, value] : curve_of(*place->of, fields)) {
        json row = {{"model", place->of->model}, {"percentile", label_of(field)}};
        put(row, "latency", field, value);
        if (all_events)
          row["events"] =
              with_separators(std::to_string(static_cast<std::int64_t>(all_events->count())));
        if (all_events && field == "max_ns") row["latency_range"] = "the one longest of all";
        values.push_back(value.value);
        rows.push_back(std::move(row));
      }
    }
    options.push_back(option(place_title(*each->of, differ), {{"/data/values", std::move(rows)}}));
  }
  out.switches = {choice("at", std::move(options), main_place(one)),
                  scale_switch("scale", {"/encoding/y"}, wide_span(values))};
  spec["encoding"] = {
      {"x",
       {{"field", "percentile"},
        {"type", "ordinal"},
        {"scale", {{"domain", labels}, {"type", "point"}}},
        {"axis", {{"title", "percentile of requests"}, {"labelAngle", 0}}}}},
      {"y",
       {{"field", "latency"}, {"type", "quantitative"}, {"axis", axis_for("p50_ns", "latency")}}}};
  add_model_encoding(spec, all, true);
  json shape = spec["encoding"]["shape"];
  spec["encoding"].erase("shape");
  json tips =
      json::array({tooltip("model", "model"), tooltip("percentile", "percentile"),
                   tooltip("latency_text", "latency"), tooltip("latency", "latency (ns)", ",.6~r"),
                   tooltip("latency_range", "95 % interval")});
  if (together) tips.push_back(tooltip("events", "of events"));
  spec["layer"] = {{{"mark", {{"type", "line"}, {"strokeWidth", 2}}}},
                   {{"mark", {{"type", "point"}, {"size", 80}, {"filled", true}, {"opacity", 1}}},
                    {"encoding", {{"shape", shape}, {"tooltip", tips}}}}};
  out.summary = fmt::format(
      "Latency of {} by percentile, one line per model{}.", one.name,
      together ? ": of the events of all samples together, and only as far as ten lie beyond" : "");
  return out;
}

std::optional<chart> cost_chart(const findings& all, const workload_findings& one) {
  auto fields = fields_of(one);
  std::erase_if(fields, [](const std::string& field) {
    return field.ends_with("per_second") || field == "max_ns" ||
           (field[0] == 'p' && field.ends_with("_ns"));
  });
  bool floored = std::ranges::any_of(one.over, [](const ranking* each) {
    return std::ranges::any_of(each->baselines, [](const standing& baseline) {
      return baseline.of->model.starts_with("floor");
    });
  });
  if (floored) fields.insert(fields.begin(), "floor_ratio");
  if (std::ranges::count(fields, "floor_ratio") > 1)  // the file has its own; ours comes from pairs
    fields.erase(std::ranges::find(fields.rbegin(), fields.rend(), "floor_ratio").base() - 1);

  chart out;
  out.id = "cost";
  out.title = "Cost";
  out.spec = frame();
  out.row_height = 28;
  // Room for the number behind the longest bar.
  out.spec["padding"] = {{"left", 5}, {"top", 5}, {"bottom", 5}, {"right", 70}};
  json& spec = out.spec;
  json options = json::array(), measures = json::array();
  const auto differ = differing(one.over);
  for (const ranking* each : one.over) {
    json rows = json::array();
    auto order = by_time(*each);
    for (const standing* place : order) {
      json row = {{"model", place->of->model}};
      for (std::size_t i = 0; i < fields.size(); ++i) {
        std::string name = "m" + std::to_string(i);
        if (fields[i] == "floor_ratio") {
          const standing* floor = each->floor_of(place->of->model);
          if (!floor) continue;
          estimate ratio = ratio_of(*place->of, *floor->of);
          if (ratio.value > 0) put_text(row, name, "ratio", ratio);
        } else if (auto value = estimate_of(*place->of, fields[i])) {
          put_text(row, name, fields[i], *value);
        }
      }
      rows.push_back(std::move(row));
    }
    options.push_back(option(
        place_title(*each->of, differ),
        {{"/data/values", std::move(rows)}, {"/encoding/y/scale/domain", models_in(order)}}));
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::string name = "m" + std::to_string(i);
    bool ratio = fields[i] == "floor_ratio";
    std::string title = ratio ? "time to the floor" : field_title(fields[i]);
    measures.push_back(
        option(title, {{"/encoding/x/axis", axis_for(ratio ? "ratio" : fields[i], title)},
                       {"/layer/0/encoding/x/field", name},
                       {"/layer/0/encoding/tooltip/1/field", name + "_text"},
                       {"/layer/0/encoding/tooltip/2/field", name},
                       {"/layer/0/encoding/tooltip/3/field", name + "_range"},
                       {"/layer/1/encoding/x/field", name},
                       {"/layer/1/encoding/text/field", name + "_text"}}));
  }
  std::size_t first = 0;
  for (const char* wanted : {"bytes_per_task", "cpu_ns_per_task"})
    if (auto found = std::ranges::find(fields, wanted); found != fields.end())
      first = static_cast<std::size_t>(found - fields.begin());
  out.switches = {choice("at", std::move(options), main_place(one)),
                  choice("measure", measures, first)};
  spec["encoding"] = {
      {"x", {{"type", "quantitative"}, {"scale", {{"type", "linear"}, {"zero", true}}}}},
      {"y",
       {{"field", "model"},
        {"type", "nominal"},
        {"axis", {{"title", nullptr}}},
        {"scale", json::object()}}}};
  add_model_encoding(spec, all, false);
  spec["encoding"].erase("shape");
  json tips =
      json::array({tooltip("model", "model"), tooltip("m0_text", "median"),
                   tooltip("m0", "exactly", ",.6~r"), tooltip("m0_range", "95 % interval")});
  spec["layer"] = {
      {{"mark", {{"type", "bar"}, {"height", {{"band", 0.62}}}}},
       {"encoding", {{"x", {{"field", "m0"}}}, {"tooltip", tips}}}},
      {{"mark", {{"type", "text"}, {"align", "left"}, {"dx", 5}, {"style", "quiet"}}},
       {"encoding",
        {{"x", {{"field", "m0"}}}, {"text", {{"field", "m0_text"}, {"type", "nominal"}}}}}}};
  spec["layer"][1]["encoding"]["color"] = nullptr;
  out.summary = fmt::format(
      "What a run of {} costs beside time, as bars from zero; the models in the order of their "
      "time.",
      one.name);
  return out;
}

std::optional<chart> trade_off_chart(const findings& all, const workload_findings& one) {
  auto has = fields_of(one);
  std::vector<std::string> fields;
  for (const char* each : {"bytes_per_task", "peak_bytes", "cpu_ns_per_task", "cpu_ns"})
    if (std::ranges::find(has, each) != has.end()) fields.emplace_back(each);
  chart out;
  out.id = "trade-off";
  out.title = "Trade-off";
  out.spec = frame();
  json& spec = out.spec;
  json options = json::array(), measures = json::array();
  const auto differ = differing(one.over);
  std::vector<double> times;
  std::size_t points = 0;
  for (const ranking* each : one.over) {
    json rows = json::array();
    for (const standing& place : each->places) {
      json row = {{"model", place.of->model}};
      put(row, "time", "time_ns", place.time);
      times.push_back(place.time.value);
      for (const std::string& field : fields)
        // What costs nothing has no place on a log scale; it is in the table.
        if (auto values = values_of(*place.of, field); !values.empty() && median(values) > 0) {
          row[field] = median(values);
          row[field + "_text"] = value_text(field, median(values));
        }
      rows.push_back(std::move(row));
    }
    points = std::max(points, rows.size());
    for (const std::string& field : fields) mark_frontier(rows, field);
    options.push_back(option(place_title(*each->of, differ), {{"/data/values", std::move(rows)}}));
  }
  if (points < 2 || fields.empty()) return {};
  for (const std::string& field : fields) {
    std::string title = field_title(field);
    json patch = {{"/encoding/y/axis", axis_for(field, title)},
                  {"/encoding/y/field", field},
                  {"/layer/0/transform/0/filter/field", "front_" + field},
                  {"/layer/1/encoding/tooltip/2/field", field + "_text"},
                  {"/layer/1/encoding/tooltip/2/title", title}};
    measures.push_back(option(title, patch));
  }
  out.switches = {choice("at", std::move(options), main_place(one)), choice("measure", measures, 0),
                  scale_switch("scale", {"/encoding/x", "/encoding/y"}, true)};
  spec["encoding"] = {{"x",
                       {{"field", "time"},
                        {"type", "quantitative"},
                        {"axis", axis_for("time_ns", "time of one run")}}},
                      {"y", {{"type", "quantitative"}}}};
  json front = only("front");
  json tips =
      json::array({tooltip("model", "model"), tooltip("time_text", "time"), tooltip("", "cost")});
  add_model_encoding(spec, all, true);
  json colour = spec["encoding"]["color"], shape = spec["encoding"]["shape"];
  spec["encoding"].erase("shape");
  spec["encoding"].erase("color");
  spec["layer"] = {{{"transform", front},
                    {"mark",
                     {{"type", "line"},
                      {"interpolate", "step-after"},
                      {"strokeDash", {5, 4}},
                      {"color", "#8a8f96"},
                      {"strokeWidth", 1.5}}}},
                   {{"mark", {{"type", "point"}, {"size", 130}, {"filled", true}, {"opacity", 1}}},
                    {"encoding", {{"tooltip", tips}}}}};
  spec["layer"][1]["encoding"]["color"] = colour;
  spec["layer"][1]["encoding"]["shape"] = shape;
  out.summary = fmt::format(
      "Time of {} against its cost. The dashed line joins the models that no other beats in both.",
      one.name);
  return out;
}

}  // namespace reports::parts
