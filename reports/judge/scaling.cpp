#include "reports/judge/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "reports/base/text.hpp"

namespace reports {
namespace {

using nlohmann::ordered_json;

bool valid_model(const cell& one) {
  return one.valid() && !one.model.empty() && !one.model.starts_with("floor");
}

double throughput_of(const cell& one) {
  auto rates = values_of(one, "tasks_per_second");
  return rates.empty() ? 1e9 / median(values_of(one, "time_ns")) : median(rates);
}

double processors_of(const results& from) {
  auto machine = from.context.json.find("machine");
  if (machine == from.context.json.end() || !machine->is_object()) return HUGE_VAL;
  auto cores = machine->find("usable_cores");
  return cores != machine->end() && cores->is_number() ? cores->get<double>() : HUGE_VAL;
}

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

// The tree's peak with what no proportional size shows.
std::vector<double> memory_of(const cell& one) {
  std::vector<double> out;
  for (const row* each : one.samples)
    if (auto peak = value_of(*each, "tree_peak_bytes"))
      out.push_back(*peak + value_of(*each, "page_table_bytes").value_or(0) +
                    value_of(*each, "kernel_stack_bytes").value_or(0));
  return out;
}

std::string percent(double share) { return fmt::format("{:.3g} %", 100 * share); }

std::string law_text(const worker_scaling& one) {
  if (!one.law)
    return fmt::format(
        "{} of the five points that a fit needs{}", one.workers.size(),
        one.beyond == 0 ? "" : fmt::format(", {} more beyond the processors", one.beyond));
  auto [least, most] = std::ranges::minmax(one.law->residuals);
  return fmt::format(
      "{:.3g}/s by one worker, contention {}, coherency {}, {}, residuals {:+.1f} to "
      "{:+.1f} %",
      one.law->unit, percent(one.law->contention), percent(one.law->coherency),
      one.law->peak ? fmt::format("most at {:.1f} workers", *one.law->peak)
                    : std::string{"no peak"},
      100 * least, 100 * most);
}

}  // namespace

std::vector<worker_scaling> scaling_over_workers(const results& from) {
  const double processors = processors_of(from);
  std::map<std::tuple<std::string, std::string, std::string>, worker_scaling> found;
  for (const cell& one : cells(from)) {
    if (!valid_model(one) || one.model == "serial" || one.workers < 1) continue;
    auto& at = found[{one.workload, to_string(one.params), one.model}];
    at.workload = one.workload;
    at.model = one.model;
    at.params = one.params;
    if (one.workers > processors) {
      ++at.beyond;
      continue;
    }
    auto place = std::ranges::upper_bound(at.workers, one.workers) - at.workers.begin();
    at.workers.insert(at.workers.begin() + place, one.workers);
    at.throughput.insert(at.throughput.begin() + place, throughput_of(one));
  }
  std::vector<worker_scaling> out;
  for (auto& [key, one] : found) {
    if (one.workers.size() + one.beyond < 2) continue;
    one.law = fit_scalability(one.workers, one.throughput);
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<memory_slope> memory_slopes(const results& from) {
  struct points {
    std::vector<double> x, y;
    memory_slope about;
  };
  std::map<std::tuple<std::string, std::string, std::string, int, std::string>, points> found;
  for (const cell& one : cells(from)) {
    auto bytes = memory_of(one);
    if (!valid_model(one) || bytes.empty()) continue;
    for (const auto& [name, text] : one.params) {
      auto n = number_in(text);
      if (!n) continue;
      auto others = one.params;
      std::erase_if(others, [&](const auto& param) { return param.first == name; });
      auto& at = found[{one.workload, name, to_string(others), one.workers, one.model}];
      at.about.workload = one.workload;
      at.about.model = one.model;
      at.about.parameter = name;
      at.about.others = others;
      at.about.workers = one.workers;
      for (double each : bytes) {
        at.x.push_back(*n);
        at.y.push_back(each);
      }
    }
  }
  std::vector<memory_slope> out;
  for (auto& [key, at] : found) {
    auto fit = linear_fit(at.x, at.y);
    if (!fit) continue;
    at.about.fit = *fit;
    at.about.sizes = std::set(at.x.begin(), at.x.end()).size();
    at.about.samples = at.x.size();
    out.push_back(at.about);
  }
  return out;
}

std::string scaling_text(const results& from) {
  std::string out;
  auto over_workers = scaling_over_workers(from);
  auto slopes = memory_slopes(from);
  std::size_t width = 0;
  for (const auto& each : over_workers) width = std::max(width, columns(printable(each.model)));
  for (const auto& each : slopes) width = std::max(width, columns(printable(each.model)));
  std::string last;
  auto head = [&](const std::string& title) {
    if (title != last) out += printable(title) + '\n';
    last = title;
  };
  if (!over_workers.empty()) out += "Throughput over workers (Universal Scalability Law)\n";
  for (const auto& each : over_workers) {
    head("  " + each.workload + (each.params.empty() ? "" : " " + to_string(each.params)));
    out += fmt::format("    {}  {}\n", pad_right(printable(each.model), width), law_text(each));
  }
  if (!slopes.empty()) out += std::string{out.empty() ? "" : "\n"} + "Memory: one more costs\n";
  for (const auto& each : slopes) {
    auto title = fmt::format("  {}, by {}", each.workload, each.parameter);
    if (!each.others.empty()) title += " at " + to_string(each.others);
    head(title + fmt::format(", workers:{}", each.workers));
    out += fmt::format("    {}  {:.4g} bytes", pad_right(printable(each.model), width),
                       each.fit.slope);
    if (std::isfinite(each.fit.slope_error)) out += fmt::format(" ± {:.2g}", each.fit.slope_error);
    out += fmt::format(" ({} sizes, {} samples)\n", each.sizes, each.samples);
  }
  if (out.empty())
    out =
        "Nothing to scale over: a run with several --workers, or several values of a parameter "
        "(--set tasks=1000,10000,100000), has it.\n";
  return out;
}

ordered_json scaling_json(const results& from) {
  ordered_json out{{"workers", ordered_json::array()}, {"memory", ordered_json::array()}};
  for (const auto& each : scaling_over_workers(from)) {
    ordered_json one{{"workload", each.workload},
                     {"params", to_string(each.params)},
                     {"model", each.model},
                     {"workers", each.workers},
                     {"tasks_per_second", each.throughput},
                     {"beyond_processors", each.beyond}};
    if (each.law) {
      one["law"] = {{"unit", each.law->unit},
                    {"contention", each.law->contention},
                    {"coherency", each.law->coherency},
                    {"residuals", each.law->residuals}};
      if (each.law->peak) one["law"]["peak_workers"] = *each.law->peak;
    }
    out["workers"].push_back(std::move(one));
  }
  for (const auto& each : memory_slopes(from)) {
    ordered_json one{{"workload", each.workload},
                     {"parameter", each.parameter},
                     {"others", to_string(each.others)},
                     {"workers", each.workers},
                     {"model", each.model},
                     {"bytes_per_unit", each.fit.slope},
                     {"intercept_bytes", each.fit.intercept},
                     {"sizes", each.sizes},
                     {"samples", each.samples}};
    if (std::isfinite(each.fit.slope_error)) one["standard_error"] = each.fit.slope_error;
    out["memory"].push_back(std::move(one));
  }
  return out;
}

}  // namespace reports
