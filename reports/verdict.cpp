#include "reports/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "reports/words.hpp"

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

}  // namespace

bool is_baseline(std::string_view model) { return model == "serial" || model == "floor"; }

std::string family_of(std::string_view workload) {
  return std::string(workload.substr(0, workload.find('/')));
}

std::optional<estimate> ratio_between(const cell& a, const cell& b, std::string_view field) {
  std::map<int, double> by_block;
  for (const row* each : b.samples)
    if (auto value = value_of(*each, field); value && each->block && *value > 0)
      by_block.emplace(*each->block, *value);
  std::vector<double> of_a, of_b;
  for (const row* each : a.samples)
    if (auto value = value_of(*each, field); value && each->block && *value > 0)
      if (auto found = by_block.find(*each->block); found != by_block.end()) {
        of_a.push_back(*value);
        of_b.push_back(found->second);
      }
  if (of_a.size() >= fewest_for_interval) return paired_ratio(of_a, of_b);
  of_a = values_of(a, field);
  of_b = values_of(b, field);
  auto positive = [](const std::vector<double>& values) {
    return !values.empty() && std::ranges::all_of(values, [](double each) { return each > 0; });
  };
  if (!positive(of_a) || !positive(of_b)) return {};
  return unpaired_ratio(of_a, of_b);
}

const ranking::place* ranking::find(std::string_view model) const {
  for (const auto* list : {&places, &baselines})
    for (const place& each : *list)
      if (each.who->model == model) return &each;
  return nullptr;
}

bool ranking::thin() const { return places.size() > 1 && !places[1].ratio.range; }

std::vector<ranking> rank(const std::vector<group>& all) {
  std::vector<ranking> out;
  out.reserve(all.size());
  for (const group& each : all) {
    ranking& made = out.emplace_back();
    made.of = &each;
    for (const cell& one : each.cells) {
      if (!one.valid()) {
        made.invalid.push_back(&one);
        continue;
      }
      ranking::place place{&one, median_estimate(values_of(one, "time_ns")), {1, {}, 0}};
      place.ratio.samples = place.time.samples;
      (is_baseline(one.model) ? made.baselines : made.places).push_back(place);
    }
    std::ranges::stable_sort(made.places, {}, [](auto& place) { return place.time.value; });
    if (made.places.empty()) continue;
    const cell& best = *made.places.front().who;
    made.places.front().tied = true;
    for (auto* list : {&made.places, &made.baselines})
      for (ranking::place& place : *list)
        if (place.who != &best)
          if (auto ratio = ratio_between(*place.who, best)) {
            place.ratio = *ratio;
            place.tied = tied(*ratio);
          }
  }
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
      ratios[place.who->model].push_back(place.ratio.value);
      led[place.who->model] += place.tied;
    }
  }
  if (ratios.empty()) return out;
  for (const auto& [model, values] : ratios)
    out.standings.push_back({model, geometric_mean(values), values.size(), led[model], {}, 0});
  std::ranges::stable_sort(out.standings, [](const standing& a, const standing& b) {
    return a.covered != b.covered ? a.covered > b.covered : a.to_best < b.to_best;
  });
  out.best = out.standings.front().model;

  // A model's ratio to the winner comes from the groups that have both.
  bool thin = true;
  for (standing& each : out.standings) {
    if (each.model == out.best) continue;
    std::vector<estimate> common;
    for (const ranking* one : over) {
      const auto *mine = one->find(each.model), *best = one->find(out.best);
      if (!mine || !best) continue;
      if (auto ratio =
              best == one->places.data() ? mine->ratio : ratio_between(*mine->who, *best->who))
        common.push_back(*ratio);
    }
    each.in_common = common.size();
    if (common.empty()) continue;
    each.to_winner = geometric_mean_of(common);
    if (each.to_winner->range) thin = false;
    if (tied(*each.to_winner))
      out.tied.push_back(each.model);
    else if (each.to_winner->range && each.to_winner->range->high < 1)
      out.ahead.push_back(each);
    else if (!out.next || each.to_winner->value < out.next->to_winner->value)
      out.next = each;
  }
  if (out.standings.size() == 1)
    out.is = verdict::outcome::alone;
  else if (thin)
    out.is = verdict::outcome::thin;
  else
    out.is = out.tied.empty() ? verdict::outcome::winner : verdict::outcome::tie;
  return out;
}

std::string verdict::headline() const {
  auto lead = [&](std::string_view how) {
    if (!next) return std::string{};
    std::string range = as_range(*next->to_winner);
    return fmt::format("{} {} ahead of {}{}", how, as_ratio(next->to_winner->value), next->model,
                       range.empty() ? "" : fmt::format(" ({})", range));
  };
  switch (is) {
    case outcome::winner:
      return best + lead(",");
    case outcome::tie: {
      std::vector<std::string> all = tied;
      all.insert(all.begin(), best);
      return listed(all) + " are tied" + lead(",");
    }
    case outcome::thin:
      return fmt::format("{} was measured fastest, but {} of a cell are too few to claim it", best,
                         counted(next ? next->to_winner->samples : 1, "sample"));
    case outcome::alone:
      return best + " is the only model measured";
    case outcome::none:
      return "no valid cell";
  }
  return {};
}

std::vector<exception> exceptions(const verdict& from, const std::vector<const ranking*>& over) {
  std::vector<exception> out;
  for (const ranking* each : over) {
    const auto* mine = each->find(from.best);
    if (!mine || mine->tied) continue;
    const cell& first = *each->places.front().who;
    auto lead = ratio_between(*mine->who, first);
    if (lead && lead->range && lead->range->low > 1)
      out.push_back({each->of->workload, place_of(*each->of), first.model, *lead});
  }
  return out;
}

}  // namespace reports
