#include "reports/judge/noise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "reports/base/text.hpp"

namespace reports {
namespace {

// The samples by block; a rerun stands in for the disturbed one of its block.
std::map<int, const row*> by_block(const std::vector<row>& rows, const std::string& name) {
  std::map<int, const row*> out;
  for (const row& each : rows) {
    if (each.name != name || each.error || !each.block || !(each.time_ns > 0)) continue;
    const row*& at = out[*each.block];
    if (!at || at->disturbed) at = &each;
  }
  return out;
}

}  // namespace

std::vector<noise> noise_of(std::string_view file, const std::string& source) {
  const results from = parse_results(file, source);
  auto document = nlohmann::ordered_json::parse(file);
  if (!document.contains("again")) return {};
  document["benchmarks"] = document["again"];
  const results again = parse_results(document.dump(), source);
  std::vector<std::string> names;
  for (const row& each : again.rows)
    if (std::ranges::find(names, each.name) == names.end()) names.push_back(each.name);
  std::vector<noise> out;
  for (const std::string& name : names) {
    auto first = by_block(from.rows, name), second = by_block(again.rows, name);
    std::vector<double> a, b, quiet_a, quiet_b, distances;
    for (const auto& [block, one] : first) {
      auto other = second.find(block);
      if (other == second.end()) continue;
      a.push_back(one->time_ns);
      b.push_back(other->second->time_ns);
      if (one->disturbed || other->second->disturbed) continue;
      quiet_a.push_back(a.back());
      quiet_b.push_back(b.back());
    }
    if (quiet_a.size() >= 3) a = quiet_a, b = quiet_b;
    if (a.empty()) continue;
    for (std::size_t i = 0; i < a.size(); ++i) distances.push_back(std::abs(std::log(a[i] / b[i])));
    out.push_back({name, paired_ratio(a, b), std::expm1(median(distances))});
  }
  return out;
}

std::string to_string(const noise& one) {
  std::string text = fmt::format("{} twice: {:.3f}×", printable(one.name), one.ratio.value);
  if (one.ratio.range)
    text += fmt::format(" ({:.3f} to {:.3f})", one.ratio.range->low, one.ratio.range->high);
  return text + fmt::format(", two single samples differ by {:.1f} %", 100 * one.typical);
}

nlohmann::ordered_json to_json(const std::vector<noise>& all) {
  auto out = nlohmann::ordered_json::array();
  for (const noise& each : all) {
    nlohmann::ordered_json one{
        {"name", each.name}, {"pairs", each.ratio.samples}, {"ratio", each.ratio.value}};
    if (each.ratio.range) {
      one["low"] = each.ratio.range->low;
      one["high"] = each.ratio.range->high;
    }
    one["typical_percent"] = 100 * each.typical;
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<noise> noise_in(const nlohmann::ordered_json& context) {
  std::vector<noise> out;
  auto found = context.find("noise");
  if (found == context.end() || !found->is_array()) return out;
  for (const auto& each : *found) {
    if (!each.is_object() || !each.contains("name") || !each["name"].is_string()) continue;
    auto number = [&](const char* key) {
      auto at = each.find(key);
      return at != each.end() && at->is_number() ? at->get<double>() : 0;
    };
    noise one{each["name"].get<std::string>(), {}, number("typical_percent") / 100};
    one.ratio.value = number("ratio");
    one.ratio.samples = static_cast<std::size_t>(std::max(0.0, number("pairs")));
    if (each.contains("low")) one.ratio.range = {number("low"), number("high")};
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace reports
