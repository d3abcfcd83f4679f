#include "reports/render/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "reports/base/text.hpp"
#include "reports/base/words.hpp"
#include "reports/charts/chart_parts.hpp"

namespace reports {
namespace {

std::string esc(std::string_view text) { return escape_markdown(text); }

std::string verdict_list(const findings& all) {
  std::string out;
  for (const family_findings& each : all.families) {
    out += fmt::format("- **{}**: {}", esc(each.name), esc(each.judged.headline()));
    if (!each.excepted.empty())
      out += fmt::format(". Another model is clearly ahead in {} of {} cells", each.excepted.size(),
                         each.judged.groups);
    out += ".\n";
  }
  return out;
}

std::string ratios(const findings& all) {
  std::vector<std::string> models;
  for (const std::string& each : all.models)
    if (!is_baseline(each)) models.push_back(each);
  std::string out = "| workload |", line = "| --- |";
  for (const std::string& each : models) {
    out += " " + esc(each) + " |";
    line += " ---: |";
  }
  out += "\n" + line + "\n";
  auto add = [&](const std::string& name, const verdict& of, bool strong) {
    out += fmt::format("| {0}{1}{0} |", strong ? "**" : "", esc(name));
    for (const std::string& each : models) {
      auto found = std::ranges::find(of.models, each, &overall::model);
      if (found == of.models.end()) {
        out += " – |";
        continue;
      }
      bool leads = each == of.best || std::ranges::find(of.tied, each) != of.tied.end();
      out += fmt::format(
          " {0}{1}{0}{2} |", leads ? "**" : "", ratio_text(found->to_best),
          found->covered < of.groups ? fmt::format(" ({}/{})", found->covered, of.groups) : "");
    }
    out += "\n";
  };
  for (const family_findings& family : all.families) {
    if (all.families.size() > 1) add(family.name, family.judged, true);
    for (const workload_findings& one : all.workloads)
      if (family_of(one.name) == family.name) add(one.name, one.judged, false);
  }
  return out;
}

std::string plain_table(const findings& all) {
  std::string out =
      "| benchmark | time | 95 % interval | samples |\n| --- | ---: | ---: | ---: |\n";
  for (const workload_findings& one : all.workloads)
    for (const ranking* each : one.over)
      for (const standing& place : each->places)
        out += fmt::format("| {} | {} | {} | {} |\n", esc(place.of->name),
                           duration_text(place.time.value),
                           place.time.range ? duration_text(place.time.range->low) + " to " +
                                                  duration_text(place.time.range->high)
                                            : "–",
                           place.time.samples);
  return out;
}

// Numbers in full, so that whoever reads them loses nothing.
std::string full(double value) { return fmt::format("{}", value); }

}  // namespace

std::string markdown(std::span<const std::unique_ptr<findings>> files) {
  std::string out;
  for (const auto& file : files) {
    const findings& all = *file;
    if (!out.empty()) out += "\n";
    out += fmt::format("### {}\n\n", esc(all.label()));
    if (!all.data.context.complete)
      out += "Stopped before its end: cells or samples are missing.\n\n";
    if (all.compares) {
      out += verdict_list(all);
      out +=
          "\nTime as a ratio to the best model, geometric means; bold is the best or tied with it, "
          "n/m the cells that a model has.\n\n";
      out += ratios(all);
      std::string changes;
      for (const workload_findings& one : all.workloads)
        for (const crossover* each : one.crossed)
          if (each->leads) changes += "- " + esc(each->words()) + "\n";
      if (!changes.empty()) out += "\n" + changes;
    } else {
      out += plain_table(all);
    }
    if (!all.invalid.empty()) {
      out +=
          fmt::format("\n{}, without a number:\n\n", counted(all.invalid.size(), "invalid cell"));
      for (const missing_cell& each : all.invalid)
        out += fmt::format("- {}: {}\n", esc(each.name), esc(each.cause));
    }
    const run_context& run = all.data.context;
    if (auto warning = slowdown_on_purpose(run); !warning.empty())
      out += fmt::format("\n> ⚠️ {}\n", esc(warning));
    out += fmt::format("\n{}, {} of all disturbed", all.samples_text(), all.disturbed);
    if (!run.fingerprint.empty()) out += "; fingerprint " + esc(run.fingerprint);
    if (run.seed) out += fmt::format("; seed {}", *run.seed);
    out += ".\n";
  }
  return out;
}

std::string csv(std::span<const std::unique_ptr<findings>> files) {
  std::set<std::string> params, fields;
  for (const auto& file : files)
    for (const workload_findings& one : file->workloads) {
      for (const ranking* each : one.over)
        for (const auto& param : each->of->params) params.insert(param.first);
      for (const std::string& field : parts::fields_of(one)) fields.insert(field);
    }
  std::string out = "file,name,workload,model,workers";
  for (const std::string& each : params) out += "," + escape_csv("param:" + each);
  out +=
      ",samples,disturbed,time_ns,time_ns_low,time_ns_high,ratio_to_best,ratio_low,ratio_high,tied";
  for (const std::string& each : fields) out += "," + escape_csv(each);
  out += ",error\r\n";

  for (const auto& file : files)
    for (const workload_findings& one : file->workloads)
      for (const ranking* each : one.over) {
        auto begin = [&](const cell& of) {
          out += fmt::format("{},{},{},{},{}", escape_csv(file->data.source), escape_csv(of.name),
                             escape_csv(of.workload), escape_csv(of.model), each->of->workers);
          for (const std::string& key : params) {
            auto found = std::ranges::find(each->of->params, key, [](auto& p) { return p.first; });
            out += "," + (found == each->of->params.end() ? "" : escape_csv(found->second));
          }
          out += fmt::format(",{},{}", of.samples.size(), of.disturbed.size());
        };
        auto range = [&](const std::optional<interval>& of) {
          out += of ? fmt::format(",{},{}", full(of->low), full(of->high)) : ",,";
        };
        for (const auto* list : {&each->places, &each->baselines})
          for (const standing& place : *list) {
            begin(*place.of);
            out += "," + full(place.time.value);
            range(place.time.range);
            out += "," + (place.ratio.value > 0 ? full(place.ratio.value) : "");
            range(place.ratio.range);
            out += place.tied_with_best ? ",yes" : ",no";
            for (const std::string& field : fields) {
              auto value = parts::estimate_of(*place.of, field);
              out += "," + (value ? full(value->value) : "");
            }
            out += ",\r\n";
          }
        for (const cell* invalid : each->invalid) {
          begin(*invalid);
          out += ",,,,,,," + std::string(fields.size(), ',') + "," + escape_csv(invalid->cause()) +
                 "\r\n";
        }
      }
  return out;
}

}  // namespace reports
