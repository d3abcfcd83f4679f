#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/base/text.hpp"
#include "reports/base/words.hpp"
#include "reports/render/page_parts.hpp"

namespace reports::html {
namespace {

// Which workloads another model leads in, the most cells first.
std::string exceptions_of(const std::vector<exception>& all, const verdict& of) {
  struct found {
    std::string workload, model;
    std::size_t count = 0;
    double most = 1;
    std::string where;
  };
  std::vector<found> by;
  for (const exception& each : all) {
    auto at = std::ranges::find_if(by, [&](const found& one) {
      return one.workload == each.workload && one.model == each.model;
    });
    if (at == by.end()) at = by.insert(by.end(), {each.workload, each.model, 0, 1, {}});
    ++at->count;
    if (each.lead.value > at->most) at->most = each.lead.value, at->where = each.where;
  }
  std::ranges::stable_sort(by, std::greater{}, &found::most);
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(by.size(), 3); ++i)
    out +=
        fmt::format("<li>Not in {}{}: {} is {}{} ahead{}.</li>",
                    by[i].count > 1 ? counted(by[i].count, "cell") + " of " : "",
                    esc(by[i].workload), esc(by[i].model), by[i].count > 1 ? "up to " : "",
                    ratio_text(by[i].most), by[i].where == "all" ? "" : " at " + esc(by[i].where));
  if (by.size() > 3) out += fmt::format("<li>And not in {} more; see below.</li>", by.size() - 3);
  if (by.empty() && of.groups > 0 &&
      (of.is == verdict::outcome::winner || of.is == verdict::outcome::tie))
    out = "<li>No other model is clearly ahead of it anywhere.</li>";
  return out;
}

std::string bars(const verdict& of) {
  std::string out = fmt::format(
      "<ul class=\"bars\" aria-label=\"speed relative to {} in the cells that both have\">",
      esc(of.best));
  std::size_t shown = 0;
  for (const overall& each : of.models) {
    const bool best = each.model == of.best;
    if (!best && !each.to_winner) continue;
    if (++shown > 7) break;
    const bool part = each.covered < of.groups;
    const bool leads = best || std::ranges::find(of.tied, each.model) != of.tied.end();
    const double ratio = best ? 1 : each.to_winner->value;
    // How much of the best model's work is done in the same time: a bar from zero.
    out += fmt::format(
        "<li><span class=\"name\">{}{}</span><span class=\"bar{}\" style=\"width:{:.2f}%\"></span>"
        "<span class=\"ratio\">{}</span></li>",
        esc(each.model),
        part ? fmt::format(" <small class=\"part\">{}/{}</small>", each.covered, of.groups) : "",
        leads ? " lead-bar" : "", std::min(100.0, 100 / ratio), ratio_text(ratio));
  }
  return out + "</ul>";
}

std::string lead_of(const verdict& of) {
  if (!of.next)
    return of.is == verdict::outcome::tie
               ? std::string{}
               : fmt::format("the only model with as many as {} of {} cells",
                             of.models.front().covered, of.groups);
  const estimate& by = *of.next->to_winner;
  return fmt::format(
      "<b>{}</b> ahead of {} <span class=\"quiet\">{}</span>{}", ratio_text(by.value),
      esc(of.next->model), by.range ? "(" + interval_text(*by.range) + ")" : "(too few samples)",
      of.scope().empty() ? "" : fmt::format(" in {} of {} cells", of.shared, of.groups));
}

// Along the last place held only: the same change at other workers says the same.
std::string changes_of(const findings& all, const std::string& family) {
  std::string out;
  std::size_t said = 0;
  for (const workload_findings& one : all.workloads) {
    if (family_of(one.name) != family) continue;
    std::set<std::string> axes;
    for (auto at = one.crossed.rbegin(); at != one.crossed.rend(); ++at) {
      const crossover& each = **at;
      if (!each.leads || each.thin || !axes.insert(each.along->axis).second) continue;
      if (++said > 3) return out;
      out += fmt::format("<li>{}: {} up to <b>{}</b> {}, {} above ({} to {}).</li>", esc(one.name),
                         esc(each.under), number_text(each.x), esc(each.along->axis),
                         esc(each.over), number_text(each.range.low), number_text(each.range.high));
    }
  }
  return out;
}

std::string card(const findings& all, const family_findings& one) {
  const verdict& of = one.judged;
  std::string who = esc(of.best), lead;
  switch (of.is) {
    case verdict::outcome::winner:
      lead = lead_of(of);
      break;
    case verdict::outcome::tie:
      for (const std::string& each : of.tied) who += " = " + esc(each);
      who += " <span class=\"tie\">tied</span>";
      lead = lead_of(of);
      break;
    case verdict::outcome::thin:
      if (of.shared == 0) {
        who = "no verdict";
        lead = esc(of.doubt) + ".";
        break;
      }
      who += " <span class=\"tie unsure\">not sure</span>";
      lead = fmt::format("Measured fastest, but that is not sure: {}.", esc(of.doubt));
      break;
    case verdict::outcome::alone:
      lead = "the only model measured: nothing to compare";
      break;
    case verdict::outcome::none:
      who = "no verdict";
      lead = "no valid cell";
      break;
  }
  std::string limits;
  const overall* best = of.models.empty() ? nullptr : &of.models.front();
  if (best && of.models.size() > 1)
    limits +=
        fmt::format("<li>Best or tied in {} of {} cells{}.</li>", best->best_or_tied, of.groups,
                    best->covered < of.groups ? fmt::format("; valid in {}", best->covered) : "");
  if (!of.scope().empty())
    limits += fmt::format("<li>Compared in {} of {} cells, those that {} all have.</li>", of.shared,
                          of.groups, esc(listed(of.compared)));
  limits += changes_of(all, one.name) + exceptions_of(one.excepted, of);
  auto of_less = [&](std::string_view how, const std::vector<overall>& models, bool faster) {
    if (models.empty()) return;
    std::vector<std::string> each_in;
    for (const overall& each : models)
      each_in.push_back(fmt::format("{} ({}{} of {} cells)", esc(each.model),
                                    faster ? ratio_text(1 / each.to_winner->value) + ", " : "",
                                    each.in_common, of.groups));
    limits += fmt::format("<li>{} in what they can do: {}.</li>", how, listed(each_in));
  };
  of_less("Faster", of.ahead, true);
  of_less("Not told apart from it", of.level, false);
  return fmt::format(
      "<article class=\"verdict\"><h2>{}</h2><p class=\"who\">{}</p><p class=\"lead\">{}</p>{}"
      "<ul class=\"limits\">{}</ul></article>",
      esc(one.name), who, lead, of.models.size() > 1 ? bars(of) : "", limits);
}

}  // namespace

std::string headline(const findings& all) {
  if (!all.compares)
    return fmt::format(
        "<h1>{}, and how sure their times are</h1><p class=\"machine\">{} was not written by "
        "contend: its names tell no models apart, so there is no verdict; every number is "
        "below.</p>",
        counted(all.cells, "benchmark"), esc(all.data.source));
  return "<h1>Which concurrency model to use on this machine</h1>";
}

std::string notices(const findings& all) {
  std::string out;
  const run_context& context = all.data.context;
  if (!context.complete)
    out +=
        "<p class=\"notice\">This run was stopped before its end: cells or samples "
        "are missing.</p>";
  if (all.data.from_aggregates)
    out +=
        "<p class=\"notice\">The file has only aggregates of some benchmarks: each stands in as "
        "one "
        "sample, without an interval.</p>";
  if (all.cells == 0) out += "<p class=\"notice\">The file has no results.</p>";
  if (all.compares && all.most_samples < fewest_for_interval && all.cells > all.invalid.size())
    out += fmt::format(
        "<p class=\"notice\">At most {} a cell: no interval can be claimed with fewer than {}, so "
        "what follows is what was measured, not what is so.</p>",
        counted(all.most_samples, "sample"), fewest_for_interval);
  if (!all.invalid.empty()) {
    out += fmt::format(
        "<details class=\"notice invalid\"{}><summary><b>{} invalid</b>, without a "
        "number and out of every verdict</summary><ul>",
        all.invalid.size() <= 3 ? " open" : "", counted(all.invalid.size(), "cell"));
    for (const missing_cell& each : all.invalid)
      out += fmt::format("<li>{}: {}</li>", esc(each.name), esc(each.cause));
    out += "</ul></details>";
  }
  return out;
}

std::string verdict_cards(const findings& all) {
  if (!all.compares) return {};
  std::string out = "<div class=\"verdicts\">";
  for (const family_findings& each : all.families) out += card(all, each);
  return out + "</div>";
}

std::string crossings(const findings& all) {
  if (!all.compares) return {};
  std::string leads, rest;
  std::size_t others = 0;
  for (const workload_findings& one : all.workloads) {
    // The same change of lead along the same axis is said once, at the last place held.
    std::set<std::string> said;
    for (auto at = one.crossed.rbegin(); at != one.crossed.rend(); ++at) {
      const crossover& each = **at;
      std::string item = "<li>" + esc(each.words()) + "</li>";
      bool first = said.insert(each.over + '\n' + each.under + '\n' + each.along->axis).second;
      if (each.leads && first)
        leads += item;
      else
        rest += item, ++others;
    }
  }
  std::string out = "<h2>Where it changes</h2>";
  out += leads.empty() ? "<p class=\"quiet\">In no workload does the lead change over its size or "
                         "its workers.</p>"
                       : "<ul class=\"crossings\">" + leads + "</ul>";
  if (others > 0)
    out += fmt::format("<details><summary>{}</summary><ul class=\"crossings\">{}</ul></details>",
                       counted(others, "other crossover"), rest);
  return out;
}

}  // namespace reports::html
