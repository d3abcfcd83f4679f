#include "reports/judge/compare.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "reports/base/text.hpp"
#include "reports/judge/ratios.hpp"

namespace reports {
namespace {

bool fits(const std::string& glob, const std::string& name) {
  // A glob without a parameter speaks of the workload: everything below it is meant as well.
  return fnmatch(glob.c_str(), name.c_str(), 0) == 0 ||
         fnmatch((glob + "/*").c_str(), name.c_str(), 0) == 0;
}

// What must be equal where no fingerprint says so. Not the clock rate, nor the load.
std::map<std::string, std::string> facts_of(const results& of) {
  std::map<std::string, std::string> out = of.context.facts;
  if (!of.context.fingerprint.empty()) return out;
  for (const char* key : {"num_cpus", "library_build_type", "caches"})
    if (auto found = of.context.json.find(key); found != of.context.json.end())
      out[key] = found->is_string() ? found->get<std::string>() : found->dump();
  return out;
}

std::string pairing_of(const results& of) {
  auto found = of.context.json.find("pairing");
  return found != of.context.json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string obstacle_of(const cell* base, const cell* head) {
  for (auto [one, side] : {std::pair(base, "BASE"), std::pair(head, "HEAD")}) {
    if (!one) return fmt::format("not in {}", side);
    if (!one->valid())
      return one->invalid.empty() ? fmt::format("no sample in {}", side)
                                  : fmt::format("invalid in {}: {}", side, one->cause());
  }
  return {};
}

// Samples of a pair were taken side by side: what disturbed one of them is as likely to have been
// the other's lot, and is one rank among many. All pairs count.
std::vector<cell> cells_of(const results& from, bool paired) {
  auto out = cells(from);
  if (!paired) return out;
  for (cell& one : out) {
    one.samples.insert(one.samples.end(), one.disturbed.begin(), one.disturbed.end());
    one.disturbed.clear();
  }
  return out;
}

// What is judged of each row of `base`, ready for judge().
std::vector<measured_change> changes_between(const results& base, const results& head,
                                             const thresholds& limits, bool paired) {
  const auto before = cells_of(base, paired), after = cells_of(head, paired);
  std::map<std::string_view, const cell*> in_head;
  for (const cell& each : after) in_head.emplace(each.name, &each);
  auto nothing = [](const std::vector<double>& values) {
    return std::ranges::all_of(values, [](double value) { return value == 0; });
  };
  std::vector<measured_change> changes;
  for (const cell& one : before) {
    auto found = in_head.find(one.name);
    const cell* other = found == in_head.end() ? nullptr : found->second;
    for (const judged_field& field : judged_fields_of(one)) {
      measured_change row;
      row.name = one.name;
      row.field = field.field;
      row.threshold = limits.of(one.name, field.field);
      row.floor = field.floor;
      row.required = field.required;
      row.paired = paired;
      row.obstacle = obstacle_of(&one, other);
      if (!row.obstacle.empty()) {
        if (field.required) changes.push_back(std::move(row));
        continue;
      }
      if (paired) {
        std::tie(row.base, row.head) = paired_values(one, *other, field.field);
      } else {
        row.base = values_of(one, field.field);
        row.head = values_of(*other, field.field);
      }
      if (!field.required &&
          (row.base.empty() || row.head.empty() || (nothing(row.base) && nothing(row.head))))
        continue;
      if (row.base.empty() || row.head.empty()) row.obstacle = "no pair of samples";
      changes.push_back(std::move(row));
    }
  }
  return changes;
}

}  // namespace

double thresholds::of(const std::string& name, std::string_view field) const {
  const auto judged = std::ranges::find(judged_fields(), field, &judged_field::field);
  const double least = judged == judged_fields().end() ? 0 : judged->least_effect;
  double share = std::max(otherwise, least);
  for (const override_for& each : overrides) {
    if (!fits(each.names, name)) continue;
    if (each.field.empty()) share = std::max(each.share, least);
    if (each.field == field) share = each.share;
  }
  return share;
}

double parse_percent(std::string_view text) {
  std::string digits(text);
  while (!digits.empty() && (digits.back() == ' ' || digits.back() == '%')) digits.pop_back();
  double value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || !text.ends_with('%') ||
      !(value >= 0 && value <= 1000))
    throw std::invalid_argument(
        fmt::format("\"{}\" is not a percentage; write it as 3% or 2.5%", printable(text)));
  return value / 100;
}

std::vector<thresholds::override_for> read_overrides(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw results_error(fmt::format("{}: cannot be opened for reading", file.string()));
  std::vector<thresholds::override_for> out;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::vector<std::string> found;
    for (std::string word; words >> word;) found.push_back(word);
    if (found.empty()) continue;
    auto wrong = [&](const std::string& what) {
      throw results_error(fmt::format("{}: line {}: {}", file.string(), number, what));
    };
    if (found.size() > 3 || found.size() < 2)
      wrong("expected GLOB [FIELD] PERCENT, as in: io/* p99_ns 20%");
    thresholds::override_for made{found[0], found.size() == 3 ? found[1] : "", 0};
    if (!made.field.empty() && std::ranges::find(judged_fields(), made.field,
                                                 &judged_field::field) == judged_fields().end())
      wrong(fmt::format(
          "\"{}\" is not judged; judged are time_ns, cpu_ns_per_task, cpu_ns, peak_bytes, "
          "p99_ns and allocations_per_task",
          printable(made.field)));
    try {
      made.share = parse_percent(found.back());
    } catch (const std::invalid_argument& error) {
      wrong(error.what());
    }
    out.push_back(made);
  }
  return out;
}

const std::vector<judged_field>& judged_fields() {
  // The floors: a tick of the CPU clocks, a few pages, a wake-up's jitter, a stray allocation. The
  // least effects: where a page or an arena more is chance, and a tail hangs on a few events.
  static const std::vector<judged_field> fields = {
      {"time_ns", "time", 0, 0, true},     {"cpu_ns_per_task", "CPU", 1, 0, false},
      {"cpu_ns", "CPU", 10, 0, false},     {"peak_bytes", "memory", 65536, 0.05, false},
      {"p99_ns", "p99", 1000, 0.1, false}, {"allocations_per_task", "allocations", 0.01, 0, false}};
  return fields;
}

std::vector<judged_field> judged_fields_of(const cell& one) {
  auto fields = judged_fields();
  const bool whole_tree = std::ranges::any_of(
      one.samples, [](const row* each) { return each->counters.find("cpu_ns_per_task"); });
  std::erase_if(fields, [&](const judged_field& each) {
    return each.field == (whole_tree ? "cpu_ns" : "cpu_ns_per_task");
  });
  return fields;
}

std::string_view label_of(std::string_view field) {
  auto found = std::ranges::find(judged_fields(), field, &judged_field::field);
  return found == judged_fields().end() ? field : found->label;
}

std::size_t comparison::count(change result) const {
  return std::ranges::count(rows, result, &judgement::result);
}

std::vector<std::string> differing_facts(const results& base, const results& head) {
  std::vector<std::string> out;
  const bool base_has = !base.context.fingerprint.empty(),
             head_has = !head.context.fingerprint.empty();
  if (base_has != head_has)
    return {fmt::format("fingerprint: only {} has one", base_has ? "BASE" : "HEAD")};
  if (base_has && base.context.fingerprint == head.context.fingerprint) return {};
  auto in_base = facts_of(base), in_head = facts_of(head);
  auto shown = [](const auto& facts, const std::string& key) {
    auto found = facts.find(key);
    return found == facts.end() ? std::string("nothing") : printable(found->second);
  };
  std::set<std::string> keys;
  for (const auto& [key, value] : in_base) keys.insert(key);
  for (const auto& [key, value] : in_head) keys.insert(key);
  for (const std::string& key : keys)
    if (shown(in_base, key) != shown(in_head, key))
      out.push_back(fmt::format("{}: {} in BASE, {} in HEAD", printable(key), shown(in_base, key),
                                shown(in_head, key)));
  if (base_has && out.empty())
    out.push_back(fmt::format("fingerprint: {} in BASE, {} in HEAD",
                              printable(base.context.fingerprint),
                              printable(head.context.fingerprint)));
  return out;
}

comparison compare(const results& base, const results& head, const thresholds& limits) {
  comparison out;
  out.base_source = base.source;
  out.head_source = head.source;
  out.base_revision = base.context.revision;
  out.head_revision = head.context.revision;
  out.threshold = limits.otherwise;
  out.different = differing_facts(base, head);
  const std::string pairing = pairing_of(base);
  out.paired = !pairing.empty() && pairing == pairing_of(head);

  out.rows = judge(changes_between(base, head, limits, out.paired));

  std::set<std::string_view> before;
  std::set<std::string_view> fresh;
  for (const row& each : base.rows) before.insert(each.name);
  for (const row& each : head.rows)
    if (!before.contains(each.name)) fresh.insert(each.name);
  if (!fresh.empty())
    out.warnings.push_back(fmt::format("{} rows are only in HEAD and not judged", fresh.size()));
  if (!out.paired)
    out.warnings.push_back(
        "the samples are not pairs taken side by side: what the machine did between the two runs "
        "counts as a change");
  if (!head.context.started.empty() && head.context.started < base.context.started)
    out.warnings.push_back("HEAD was measured before BASE: are the two files swapped?");
  for (const results* each : {&base, &head})
    if (!each->context.complete)
      out.warnings.push_back(fmt::format("{} was not completed", each->source));
  if (before.empty()) out.warnings.push_back("BASE has no rows");
  for (const auto& [each, side] : {std::pair(&base, "BASE"), std::pair(&head, "HEAD")})
    if (auto warning = slowdown_on_purpose(each->context); !warning.empty())
      out.warnings.push_back(fmt::format("{}: {}", side, warning));
  return out;
}

void confirm(comparison& first, const results& base, const results& head,
             const thresholds& limits) {
  auto again = changes_between(base, head, limits, first.paired);
  std::erase_if(again, [&](const measured_change& fresh) {
    return std::ranges::none_of(first.rows, [&](const judgement& made) {
      return made.name == fresh.name && made.field == fresh.field && is_changed(made);
    });
  });
  first.rows = confirmed(std::move(first.rows), judge(again));
}

}  // namespace reports
