#include "reports/judge/findings.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "reports/base/words.hpp"

namespace reports {
namespace {

// Contenders in the order of what a waiting task costs them, so that colours and columns mean the
// same in every report; unknown ones follow as they come.
constexpr std::array<std::string_view, 7> known_models = {
    "coroutines", "fibers", "tbb", "thread_pool", "threads", "process_pool", "processes"};

std::vector<std::string> models_of(const std::vector<group>& groups) {
  std::vector<std::string> seen, out;
  auto add = [](std::vector<std::string>& to, std::string_view model) {
    if (!model.empty() && std::ranges::find(to, model) == to.end()) to.emplace_back(model);
  };
  for (const group& each : groups) {
    for (const cell& one : each.cells) add(seen, one.model);
    for (const absent_cell* one : each.absent) add(seen, one->model);
  }
  auto was_seen = [&](std::string_view model) {
    return std::ranges::find(seen, model) != seen.end();
  };
  for (std::string_view model : known_models)
    if (was_seen(model)) add(out, model);
  for (const std::string& model : seen)
    if (!is_baseline(model)) add(out, model);
  for (const char* model : {"serial", "floor"})
    if (was_seen(model)) add(out, model);
  for (const std::string& model : seen) add(out, model);  // floors by engine
  return out;
}

std::string text_in(const nlohmann::ordered_json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

void describe(workload_findings& one, const nlohmann::ordered_json& context) {
  auto all = context.find("workloads");
  if (all == context.end() || !all->is_object()) return;
  auto found = all->find(one.name);
  if (found == all->end() || !found->is_object()) return;
  one.about = text_in(*found, "about");
  one.source_direct = text_in(*found, "source_direct");
  one.source_coroutine = text_in(*found, "source_coroutine");
}

// In the order in which each first comes.
template <class T>
T& place_of(std::vector<T>& all, std::map<std::string, std::size_t>& places,
            const std::string& name) {
  auto [at, fresh] = places.emplace(name, all.size());
  if (fresh) all.emplace_back().name = name;
  return all[at->second];
}

}  // namespace

findings::findings(results from) : data{std::move(from)} {
  groups_ = groups(data);
  rankings_ = rank(groups_);
  models = models_of(groups_);
  compares = std::ranges::any_of(models, [](const auto& model) { return !is_baseline(model); });

  std::map<std::string, std::size_t> family_places, workload_places;
  for (const ranking& each : rankings_) {
    place_of(workloads, workload_places, each.of->workload).over.push_back(&each);
    place_of(families, family_places, family_of(each.of->workload)).over.push_back(&each);
    for (const cell* one : each.invalid)
      if (std::ranges::find(invalid, one->name, &missing_cell::name) == invalid.end())
        invalid.push_back({one->name, one->cause()});
  }
  series_ = series_of(rankings_);
  for (const series& each : series_)
    workloads[workload_places[each.workload]].along.push_back(&each);
  if (compares) {
    crossovers_ = crossovers(series_);
    for (family_findings& each : families) {
      each.judged = judge(each.name, each.over);
      each.excepted = exceptions(each.judged, each.over);
    }
    for (workload_findings& each : workloads) {
      each.judged = judge(each.name, each.over);
      each.excepted = exceptions(each.judged, each.over);
    }
    for (const crossover& each : crossovers_)
      workloads[workload_places[each.along->workload]].crossed.push_back(&each);
    for (workload_findings& each : workloads)
      std::stable_partition(each.crossed.begin(), each.crossed.end(),
                            [](const crossover* one) { return one->leads; });
  }
  for (workload_findings& each : workloads) describe(each, data.context.json);

  fewest_samples = data.rows.empty() ? 0 : data.rows.size();
  for (const cell& each : reports::cells(data)) {
    ++cells;
    std::size_t count = each.samples.size() + each.disturbed.size();
    if (!each.valid()) continue;
    fewest_samples = std::min(fewest_samples, count);
    most_samples = std::max(most_samples, count);
  }
  for (const row& each : data.rows) {
    disturbed += each.disturbed.has_value();
    invalid_rows += each.error.has_value();
  }
}

std::string findings::samples_text() const {
  return (fewest_samples == most_samples ? "" : std::to_string(fewest_samples) + " to ") +
         counted(most_samples, "sample") + " a cell";
}

std::string findings::label() const {
  const run_context& context = data.context;
  std::string out = context.host_name;
  auto add = [&](const std::string& part) {
    if (!part.empty()) out += (out.empty() ? "" : ", ") + part;
  };
  add(context.revision);
  std::string when = context.started.empty() ? context.date : context.started;
  if (when.size() >= 16) when = when.substr(0, 10) + " " + when.substr(11, 5);
  add(when);
  return out.empty() ? data.source : out;
}

}  // namespace reports
