#include <algorithm>
#include <cmath>
#include <map>

#include "reports/base/statistics.hpp"
#include "reports/history/history.hpp"
#include "reports/judge/change_points.hpp"
#include "reports/judge/significance.hpp"

namespace reports {
namespace {

constexpr std::size_t longest = 200;

// One quantity's runs since its last accepted shift, and what was found in them.
struct examined {
  const history::series* of = nullptr;
  std::size_t first = 0;
  std::vector<double> logs;
  change_points steps;
  std::optional<trend> drift;
};

double floor_of(std::string_view field) {
  auto found = std::ranges::find(judged_fields(), field, &judged_field::field);
  return found == judged_fields().end() ? 0 : found->floor;
}

std::vector<std::size_t> edges_of(const examined& one) {
  std::vector<std::size_t> edges = {0};
  edges.insert(edges.end(), one.steps.starts.begin(), one.steps.starts.end());
  edges.push_back(one.logs.size());
  return edges;
}

double level(const examined& one, std::size_t from, std::size_t to) {
  return median(std::span(one.logs).subspan(from, to - from));
}

// Which describes the series better, by the sum of absolute residuals: its steps, or its drift?
bool drifts(const examined& one) {
  if (!one.drift) return false;
  double around_steps = 0, around_line = 0;
  auto edges = edges_of(one);
  for (std::size_t i = 0; i + 1 < edges.size(); ++i)
    for (std::size_t at = edges[i]; at < edges[i + 1]; ++at)
      around_steps += std::abs(one.logs[at] - level(one, edges[i], edges[i + 1]));
  for (std::size_t at = 0; at < one.logs.size(); ++at)
    around_line += std::abs(one.logs[at] - one.drift->intercept - one.drift->slope * double(at));
  return around_line < around_steps;
}

}  // namespace

bool history_check::regressed() const {
  return std::ranges::any_of(shifts,
                             [](const shift& each) { return each.lasting && each.ratio > 1; });
}

history_check check_history(history& kept, const std::string& fingerprint,
                            const thresholds& limits) {
  history_check out;
  out.fingerprint = fingerprint;
  const auto runs = kept.runs(fingerprint);
  out.runs = runs.size();
  std::map<std::int64_t, std::string> revisions;
  for (const auto& run : runs)
    revisions[run.id] = run.revision.empty() ? run.started : run.revision;
  std::map<std::pair<std::string, std::string>, std::vector<std::int64_t>> accepted;
  for (const auto& each : kept.accepted()) accepted[{each.name, each.field}].push_back(each.run_id);

  const auto all = kept.all_series(fingerprint);
  std::vector<examined> judged;
  for (const history::series& each : all) {
    examined one;
    one.of = &each;
    if (each.run_ids.size() > longest) one.first = each.run_ids.size() - longest;
    if (auto found = accepted.find({each.name, each.field}); found != accepted.end())
      for (std::size_t i = one.first; i < each.run_ids.size(); ++i)
        if (std::ranges::find(found->second, each.run_ids[i]) != found->second.end()) {
          if (i > 0) ++out.accepted;
          one.first = i;
        }
    bool usable = true;
    for (std::size_t i = one.first; i < each.medians.size(); ++i) {
      double value = std::max(each.medians[i], floor_of(each.field));
      usable = usable && value > 0;
      one.logs.push_back(std::log(value));
    }
    if (!usable || one.logs.size() < fewest_runs) {
      ++out.too_short;
      continue;
    }
    one.steps = divide(one.logs);
    one.drift = monotone_trend(one.logs);
    judged.push_back(std::move(one));
  }
  out.judged = judged.size();

  std::vector<double> step_p, drift_p;
  for (const examined& each : judged) {
    step_p.push_back(each.steps.p);
    drift_p.push_back(each.drift ? each.drift->p : 1);
  }
  const auto step_q = false_discovery_rates(step_p), drift_q = false_discovery_rates(drift_p);
  for (std::size_t i = 0; i < judged.size(); ++i) {
    const examined& one = judged[i];
    const double margin = std::log1p(limits.of(one.of->name, one.of->field));
    auto revision = [&](std::size_t at) { return revisions[one.of->run_ids[one.first + at]]; };
    auto report = [&](shift::kind is, double change, std::size_t before, std::size_t at, double q,
                      std::size_t count, bool lasting) {
      if (std::abs(change) > margin)
        out.shifts.push_back({is, one.of->name, one.of->field, revision(at), revision(before),
                              std::exp(change), q, count, lasting});
    };
    const std::size_t n = one.logs.size();
    if (drift_q[i] <= discovery_rate && drifts(one)) {
      report(shift::kind::drift, one.drift->slope * double(n - 1), 0, n - 1, drift_q[i], n, true);
    } else if (step_q[i] <= discovery_rate) {
      auto edges = edges_of(one);
      const double now = level(one, edges[edges.size() - 2], n);
      for (std::size_t k = 1; k + 1 < edges.size(); ++k) {
        double before = level(one, edges[k - 1], edges[k]);
        double change = level(one, edges[k], edges[k + 1]) - before;
        bool lasting = change > 0 ? now - before > margin : before - now > margin;
        report(shift::kind::step, change, edges[k] - 1, edges[k], step_q[i],
               edges[k + 1] - edges[k], lasting);
      }
    }
  }
  std::ranges::stable_sort(out.shifts, std::greater{},
                           [](const shift& each) { return std::abs(std::log(each.ratio)); });
  return out;
}

}  // namespace reports
