#include "reports/render/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/base/text.hpp"
#include "reports/judge/compare.hpp"

namespace reports {
namespace {

using nlohmann::ordered_json;

// Every valid cell's judged fields that have a value other than zero.
template <class Use>
void for_each_value(const results& from, Use use) {
  for (const cell& one : cells(from)) {
    if (!one.valid()) continue;
    for (const judged_field& field : judged_fields_of(one)) {
      auto values = values_of(one, field.field);
      if (std::ranges::all_of(values, [](double value) { return value == 0; })) continue;
      use(one, field, values);
    }
  }
}

// The unit, by the end of a field's name.
std::string_view unit_of(std::string_view field) {
  if (field.ends_with("_ns")) return "ns";
  if (field.ends_with("_bytes")) return "bytes";
  return "per task";
}

// With digits that any reader turns into the same number: serde_json, with which Bencher reads, is
// one unit in the last place off for some numbers of more than fifteen.
std::string short_number(double value) { return fmt::format("{:.12g}", value); }

}  // namespace

std::string export_github_action_benchmark(const results& from) {
  ordered_json out = ordered_json::array();
  for_each_value(
      from, [&](const cell& one, const judged_field& field, const std::vector<double>& values) {
        std::string name = printable(one.name);
        if (field.field != "time_ns") name += fmt::format(" ({})", field.label);
        ordered_json entry = {{"name", name},
                              {"unit", unit_of(field.field)},
                              {"value", median(values)},
                              {"extra", fmt::format("median of {} samples", values.size())}};
        if (values.size() > 1) entry["range"] = fmt::format("± {:.3g}", robust_deviation(values));
        out.push_back(std::move(entry));
      });
  return out.dump(1) + '\n';
}

std::string export_bencher(const results& from) {
  std::map<std::string, std::string> benchmarks;  // by name: the measures, as JSON
  for_each_value(
      from, [&](const cell& one, const judged_field& field, const std::vector<double>& values) {
        // Bencher's own measure of time is "latency", in nanoseconds.
        std::string measure(field.field == "time_ns" ? "latency" : field.field);
        std::ranges::replace(measure, '_', '-');
        const estimate found = median_estimate(values);
        std::string& out = benchmarks[printable(one.name)];
        out += fmt::format("{}\n  \"{}\": {{\"value\": {}", out.empty() ? "" : ",", measure,
                           short_number(found.value));
        if (found.range)
          out += fmt::format(", \"lower_value\": {}, \"upper_value\": {}",
                             short_number(found.range->low), short_number(found.range->high));
        out += "}";
      });
  std::string out;
  for (const auto& [name, measures] : benchmarks)
    out += fmt::format("{}\n {}: {{{}\n }}", out.empty() ? "" : ",", ordered_json(name).dump(),
                       measures);
  return "{" + out + "\n}\n";
}

std::string export_csv(const results& from) {
  std::set<std::string> params, counters;
  for (const row& each : from.rows) {
    for (const auto& [key, value] : each.params) params.insert(key);
    for (const auto& [key, value] : each.counters) counters.emplace(key);
  }
  std::string out = "name,workload,model,workers";
  for (const std::string& key : params) out += fmt::format(",{}", escape_csv(key));
  out += ",sample,block,iterations,time_ns,cpu_ns";
  for (const std::string& key : counters) out += fmt::format(",{}", escape_csv(key));
  out += ",disturbed,error\r\n";
  for (const row& each : from.rows) {
    out +=
        fmt::format("{},{},{},{}", escape_csv(each.name), escape_csv(each.workload),
                    escape_csv(each.model), each.workers > 0 ? std::to_string(each.workers) : "");
    for (const std::string& key : params) {
      auto found = std::ranges::find(each.params, key, &parameters::value_type::first);
      out += fmt::format(",{}", found == each.params.end() ? "" : escape_csv(found->second));
    }
    out += fmt::format(",{},{}", each.sample, each.block ? std::to_string(*each.block) : "");
    if (each.error)
      out += ",,,";
    else
      out += fmt::format(",{},{},{}", each.iterations, each.time_ns, each.cpu_ns);
    for (const std::string& key : counters) {
      const double* found = each.counters.find(key);
      out += found ? fmt::format(",{}", *found) : ",";
    }
    out += fmt::format(",{},{}\r\n", escape_csv(each.disturbed.value_or("")),
                       escape_csv(each.error.value_or("")));
  }
  return out;
}

}  // namespace reports
