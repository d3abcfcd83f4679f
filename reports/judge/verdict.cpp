#include "reports/judge/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "reports/base/parallel.hpp"
#include "reports/base/text.hpp"
#include "reports/base/words.hpp"
#include "reports/judge/places.hpp"

namespace reports {
namespace {

// The geometric mean of estimates of independent ratios.
estimate geometric_mean_of(const std::vector<estimate>& ratios) {
  double sum = 0, below = 0, above = 0;
  bool ranged = true;
  std::size_t samples = ratios.empty() ? 0 : ratios.front().samples;
  for (const estimate& each : ratios) {
    double log = std::log(each.value);
    sum += log;
    samples = std::min(samples, each.samples);
    if (!each.range) {
      ranged = false;
      continue;
    }
    below += std::pow(log - std::log(each.range->low), 2);
    above += std::pow(std::log(each.range->high) - log, 2);
  }
  const double n = static_cast<double>(ratios.size()), mean = sum / n;
  estimate out{std::exp(mean), {}, samples};
  if (ranged)
    out.range = {std::exp(mean - std::sqrt(below) / n), std::exp(mean + std::sqrt(above) / n)};
  return out;
}

std::string place_of(const group& of) {
  std::string out = to_string(of.params);
  if (of.workers > 0) out += fmt::format("{}workers:{}", out.empty() ? "" : " ", of.workers);
  return out;
}

// Why there is no interval, at the first place that has too few samples.
std::string doubt_of(const std::vector<const ranking*>& shared,
                     const std::vector<std::string>& models) {
  if (shared.empty())
    return fmt::format("no cell is valid under all of {}: they cannot be held against each other",
                       listed(models));
  for (const ranking* each : shared)
    for (const std::string& model : models)
      if (const cell& one = *each->find(model)->of; one.samples.size() < fewest_for_interval)
        return fmt::format(
            "{} {} has {} of {}, and an interval needs {}: measure with --samples {} or more",
            each->of->workload, place_of(*each->of), counted(one.samples.size(), "sample"), model,
            fewest_for_interval, fewest_for_interval);
  return "a time of zero has no ratio: measure a larger size";
}

}  // namespace

bool is_baseline(std::string_view model) { return model == "serial" || model.starts_with("floor"); }

std::string family_of(std::string_view workload) {
  return std::string(workload.substr(0, workload.find('/')));
}

const standing* ranking::find(std::string_view model) const {
  for (const auto* list : {&places, &baselines})
    for (const standing& each : *list)
      if (each.of->model == model) return &each;
  return nullptr;
}

const standing* ranking::floor_of(std::string_view model) const {
  const auto engine = model.find('@');
  if (engine != model.npos) {
    if (const auto* own = find(fmt::format("floor{}", model.substr(engine)))) return own;
  }
  return find("floor");
}

bool ranking::leads(std::string_view model) const {
  const standing* found = find(model);
  return found && (found->best || found->tied_with_best);
}

std::vector<ranking> rank(const std::vector<group>& all) {
  std::vector<ranking> out(all.size());
  in_parallel(all.size(), [&](std::size_t i) {
    ranking& made = out[i];
    made.of = &all[i];
    for (const standing& one : standings(all[i])) {
      if (!one.of->valid())
        made.invalid.push_back(one.of);
      else
        (one.baseline ? made.baselines : made.places).push_back(one);
    }
  });
  return out;
}

verdict judge(std::string subject, const std::vector<const ranking*>& over) {
  verdict out;
  out.subject = std::move(subject);
  std::map<std::string, std::vector<double>> ratios;
  std::map<std::string, std::size_t> led;
  for (const ranking* each : over) {
    if (each->places.empty()) continue;
    ++out.groups;
    for (const auto& place : each->places) {
      ratios[place.of->model].push_back(place.ratio.value);
      led[place.of->model] += place.best || place.tied_with_best;
    }
  }
  if (ratios.empty()) return out;
  for (const auto& [model, values] : ratios)
    out.models.push_back({model, geometric_mean(values), values.size(), led[model], {}, 0});
  std::ranges::stable_sort(out.models, [](const overall& a, const overall& b) {
    return a.covered != b.covered ? a.covered > b.covered : a.to_best < b.to_best;
  });
  const std::size_t most = out.models.front().covered;
  const auto others = std::ranges::find_if(
      out.models, [&](const overall& each) { return 5 * each.covered < 4 * most; });
  std::vector<const ranking*> shared;
  for (const ranking* each : over)
    if (std::all_of(out.models.begin(), others,
                    [&](const overall& one) { return each->find(one.model); }))
      shared.push_back(each);
  out.shared = shared.size();
  const auto over_shared = [&](const overall& each) {
    std::vector<double> values;
    for (const ranking* one : shared) values.push_back(one->find(each.model)->ratio.value);
    return geometric_mean(values);
  };
  if (!shared.empty()) {
    const auto best = std::ranges::min_element(out.models.begin(), others, {}, over_shared);
    std::rotate(out.models.begin(), best, best + 1);
  }
  for (auto each = out.models.begin(); each != others; ++each) out.compared.push_back(each->model);
  out.best = out.models.front().model;

  for (overall& each : out.models) {
    if (each.model == out.best) continue;
    const bool competes = std::ranges::find(out.compared, each.model) != out.compared.end();
    std::vector<estimate> common;
    for (const ranking* one : competes ? shared : over) {
      const auto *mine = one->find(each.model), *best = one->find(out.best);
      if (!mine || !best) continue;
      estimate ratio = best->best ? mine->ratio : ratio_of(*mine->of, *best->of);
      if (ratio.value > 0) common.push_back(ratio);
    }
    each.in_common = common.size();
    if (common.empty()) continue;
    each.to_winner = geometric_mean_of(common);
    const bool faster = each.to_winner->range && each.to_winner->range->high < 1;
    if (!competes) {
      if (faster) out.ahead.push_back(each);
      if (tied(*each.to_winner)) out.level.push_back(each);
    } else if (faster || tied(*each.to_winner)) {
      out.tied.push_back(each.model);
    } else if (!out.next || each.to_winner->value < out.next->to_winner->value) {
      out.next = each;
    }
  }
  const bool unsure = shared.empty() || (out.next && !out.next->to_winner->range);
  if (out.models.size() == 1)
    out.is = verdict::outcome::alone;
  else if (!out.tied.empty())
    out.is = verdict::outcome::tie;
  else
    out.is = unsure ? verdict::outcome::thin : verdict::outcome::winner;
  if (out.is == verdict::outcome::thin)
    out.doubt =
        doubt_of(shared, shared.empty() ? out.compared : std::vector{out.best, out.next->model});
  return out;
}

std::string verdict::scope() const {
  if (compared.size() < 2 || shared == groups || shared == 0) return {};
  return fmt::format(", in the {} of {} cells that {} all have", shared, groups, listed(compared));
}

std::string verdict::headline() const {
  auto lead = [&](std::string_view how) {
    if (!next) return std::string{};
    const estimate& by = *next->to_winner;
    return fmt::format("{} {} ahead of {}{}", how, ratio_text(by.value), next->model,
                       by.range ? fmt::format(" ({})", interval_text(*by.range)) : "");
  };
  switch (is) {
    case outcome::winner:
      if (!next)
        return fmt::format("{}, the only model with as many as {} of {} cells", best,
                           models.front().covered, groups);
      return best + lead(",") + scope();
    case outcome::tie: {
      std::vector<std::string> all = tied;
      all.insert(all.begin(), best);
      return listed(all) + " are tied" + lead(",") + scope();
    }
    case outcome::thin:
      if (shared == 0) return "no verdict: " + doubt;
      return fmt::format("{} was measured fastest{}, but that is not sure: {}", best, scope(),
                         doubt);
    case outcome::alone:
      return best + " is the only model measured";
    case outcome::none:
      return "no valid cell";
  }
  return {};
}

std::vector<exception> exceptions(const verdict& from, const std::vector<const ranking*>& over) {
  std::vector<exception> out;
  std::map<std::string, std::vector<const ranking*>> workloads;
  for (const ranking* each : over) workloads[each->of->workload].push_back(each);
  for (const ranking* each : over) {
    const standing* mine = each->find(from.best);
    if (!mine || each->leads(from.best)) continue;
    const cell& first = *each->places.front().of;
    if (mine->ratio.range && mine->ratio.range->low > 1 && mine->ratio.value >= 1.01)
      out.push_back({each->of->workload,
                     place_title(*each->of, differing(workloads[each->of->workload])), first.model,
                     mine->ratio});
  }
  return out;
}

}  // namespace reports
