#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reports/read/results.hpp"

namespace reports {

std::string slowdown_on_purpose(const run_context& context) {
  auto found = context.facts.find("set.slowdown");
  if (found == context.facts.end() || found->second.empty()) return {};
  return fmt::format("SLOWED DOWN ON PURPOSE (slowdown={}): these are not what the programs take",
                     found->second);
}

std::string cell::cause() const {
  return invalid.empty() ? std::string{} : *invalid.front()->error;
}

std::vector<cell> cells(const results& from) {
  std::vector<cell> out;
  std::map<std::string_view, std::size_t> places;
  for (const row& each : from.rows) {
    auto [at, fresh] = places.emplace(each.name, out.size());
    if (fresh) {
      out.emplace_back();
      cell& made = out.back();
      made.name = each.name;
      made.workload = each.workload;
      made.model = each.model;
      made.params = each.params;
      made.workers = each.workers;
    }
    cell& one = out[at->second];
    (each.error ? one.invalid : each.disturbed ? one.disturbed : one.samples).push_back(&each);
  }
  for (cell& one : out) {
    if (one.samples.size() >= fewest_for_interval) continue;
    one.samples.insert(one.samples.end(), one.disturbed.begin(), one.disturbed.end());
    one.disturbed.clear();
    std::ranges::stable_sort(one.samples);  // back into the order of the file
  }
  return out;
}

const cell* group::find(std::string_view model) const {
  auto found = std::ranges::find(cells, model, &cell::model);
  return found == cells.end() ? nullptr : &*found;
}

std::string group::title() const {
  std::string out = workload;
  if (!params.empty()) out += fmt::format(" {}", to_string(params));
  if (workers > 0) out += fmt::format(" workers:{}", workers);
  return out;
}

namespace {

// 64 before 512: digits at the same place are compared as numbers.
bool naturally_before(std::string_view a, std::string_view b) {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  while (!a.empty() && !b.empty()) {
    if (digit(a[0]) && digit(b[0])) {
      auto number = [](std::string_view& text) {
        auto end = std::min(text.find_first_not_of("0123456789"), text.size());
        std::string_view found = text.substr(0, end);
        text.remove_prefix(end);
        found.remove_prefix(std::min(found.find_first_not_of('0'), found.size()));
        return found;
      };
      std::string_view x = number(a), y = number(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a[0] != b[0]) return a[0] < b[0];
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

}  // namespace

std::vector<group> groups(const results& from) {
  std::vector<group> out;
  std::map<std::pair<std::string, parameters>, std::vector<std::size_t>> places;
  auto kin = [&](const auto& with) -> std::vector<std::size_t>& {
    return places[{with.workload, with.params}];
  };
  auto place_for = [&](const auto& with) -> group& {
    auto& same = kin(with);
    for (std::size_t each : same)
      if (out[each].workers == with.workers) return out[each];
    same.push_back(out.size());
    group& made = out.emplace_back();
    made.workload = with.workload;
    made.params = with.params;
    made.workers = with.workers;
    return made;
  };

  auto baseline = [](const std::string& model) {
    return model == "serial" || model.starts_with("floor");
  };
  std::vector<cell> baselines;
  for (cell& one : cells(from)) {
    if (baseline(one.model))
      baselines.push_back(std::move(one));
    else
      place_for(one).cells.push_back(std::move(one));
  }
  // An absent cell may name only its workload and model: then it is absent from all its groups.
  auto of_one_group = [](const absent_cell& one) { return one.workers > 0 || !one.params.empty(); };
  for (const absent_cell& one : from.absent)
    if (of_one_group(one) && !baseline(one.model)) place_for(one).absent.push_back(&one);
  // First each baseline to the group of its own workers, then to those that still have none. None
  // makes a group beside those of the models.
  for (const cell& one : baselines)
    if (kin(one).empty()) place_for(one);
  for (const cell& one : baselines)
    for (std::size_t each : kin(one))
      if (out[each].workers == one.workers) out[each].cells.push_back(one);
  for (const cell& one : baselines)
    for (std::size_t each : kin(one))
      if (!out[each].find(one.model)) out[each].cells.push_back(one);
  for (const absent_cell& one : from.absent) {
    if (!of_one_group(one)) {
      for (group& each : out)
        if (each.workload == one.workload) each.absent.push_back(&one);
    } else if (baseline(one.model)) {
      if (kin(one).empty()) place_for(one);
      for (std::size_t each : kin(one))
        if (!out[each].find(one.model) &&
            std::ranges::find(out[each].absent, one.model, &absent_cell::model) ==
                out[each].absent.end())
          out[each].absent.push_back(&one);
    }
  }
  // Our samples are taken in random order, which the file keeps.
  if (from.context.schema > 0) {
    for (group& each : out) std::ranges::sort(each.cells, {}, &cell::model);
    std::ranges::stable_sort(out, naturally_before, &group::title);
  }
  return out;
}

std::optional<double> value_of(const row& sample, std::string_view field) {
  if (sample.error) return {};
  if (field == "time_ns") return sample.time_ns;
  if (field == "cpu_ns") return sample.cpu_ns;
  const double* found = sample.counters.find(field);
  return found ? std::optional(*found) : std::nullopt;
}

std::vector<double> values_of(const cell& of, std::string_view field) {
  std::vector<double> out;
  for (const row* each : of.samples)
    if (auto value = value_of(*each, field)) out.push_back(*value);
  return out;
}

}  // namespace reports
