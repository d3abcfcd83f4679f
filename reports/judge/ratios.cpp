#include "reports/judge/ratios.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace reports {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// Where disturbed samples count, too, a rerun stands in for the one of its block.
std::map<int, double> by_block(const cell& of, std::string_view field) {
  std::map<int, double> out;
  for (const bool disturbed : {false, true})
    for (const row* each : of.samples)
      if (auto value = value_of(*each, field);
          value && each->block && each->disturbed.has_value() == disturbed)
        out.emplace(*each->block, *value);
  return out;
}

bool all_positive(const std::vector<double>& values) {
  return !values.empty() && std::ranges::all_of(values, [](double value) { return value > 0; });
}

}  // namespace

std::pair<std::vector<double>, std::vector<double>> paired_values(const cell& a, const cell& b,
                                                                  std::string_view field) {
  std::pair<std::vector<double>, std::vector<double>> out;
  auto of_b = by_block(b, field);
  for (const auto& [block, value] : by_block(a, field))
    if (auto other = of_b.find(block); other != of_b.end()) {
      out.first.push_back(value);
      out.second.push_back(other->second);
    }
  return out;
}

estimate ratio_of(const cell& a, const cell& b, std::string_view field) {
  auto all_a = values_of(a, field), all_b = values_of(b, field);
  if (!all_positive(all_a) || !all_positive(all_b)) return {not_a_number, {}, 0};
  auto [of_a, of_b] = paired_values(a, b, field);
  std::size_t wanted = std::min({fewest_for_interval, all_a.size(), all_b.size()});
  return of_a.size() >= wanted ? paired_ratio(of_a, of_b) : unpaired_ratio(all_a, all_b);
}

std::vector<standing> standings(const group& of) {
  std::vector<standing> out;
  for (const cell& each : of.cells) {
    standing& one = out.emplace_back();
    one.of = &each;
    one.baseline = each.model == "serial" || each.model.starts_with("floor");
    one.ratio.value = one.time.value = not_a_number;
    if (each.valid()) one.time = median_estimate(values_of(each, "time_ns"));
  }
  std::ranges::stable_sort(out, [](const standing& a, const standing& b) {
    if (a.of->valid() != b.of->valid()) return a.of->valid();
    return a.of->valid() && a.time.value < b.time.value;
  });
  auto best = std::ranges::find_if(
      out, [](const standing& each) { return each.of->valid() && !each.baseline; });
  if (best == out.end()) best = out.begin();
  if (best == out.end() || !best->of->valid()) return out;
  best->best = true;
  for (standing& each : out) {
    if (!each.of->valid()) continue;
    each.ratio =
        &each == &*best ? estimate{1, {}, each.time.samples} : ratio_of(*each.of, *best->of);
    if (&each == &*best || (each.baseline && !best->baseline) || !tied(each.ratio)) continue;
    each.tied_with_best = best->tied_with_best = true;
  }
  return out;
}

}  // namespace reports
