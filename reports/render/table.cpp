#include "reports/render/table.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "reports/base/text.hpp"
#include "reports/judge/ratios.hpp"

namespace reports {
namespace {

enum class shade { plain, good, bad, dim };

struct painter {
  bool on;
  std::string operator()(shade how, const std::string& text) const {
    if (!on || how == shade::plain) return text;
    const char* code = how == shade::good ? "32" : how == shade::bad ? "31" : "2";
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
  }
};

// One cell of the table as texts; what it lacks is empty.
struct entry {
  std::string model, time, spread, verdict, interval;
  shade how = shade::plain;
};

std::vector<entry> entries_of(const group& one) {
  std::vector<entry> out;
  auto ranked = standings(one);
  const standing* last = nullptr;
  std::size_t rivals = 0;
  for (const standing& each : ranked)
    if (each.of->valid() && !each.baseline) last = &each, ++rivals;
  for (const standing& each : ranked) {
    entry& made = out.emplace_back();
    made.model = printable(each.of->model);
    if (!each.of->valid()) {
      made.time = "invalid";
      made.how = shade::bad;
      continue;
    }
    made.time = duration_text(each.time.value);
    if (each.time.samples > 1)
      made.spread = spread_text(relative_spread(values_of(*each.of, "time_ns")));
    // Who has one sample has not won: a place is claimed only where intervals are.
    bool claimed = each.time.range.has_value() && rivals > 1;
    made.verdict = claimed && each.tied_with_best ? "tied"
                   : claimed && each.best         ? "best"
                                                  : ratio_text(each.ratio.value);
    if (each.ratio.range) made.interval = interval_text(*each.ratio.range);
    if (each.baseline)
      made.how = shade::dim;
    else if (claimed && (each.best || each.tied_with_best))
      made.how = shade::good;
    else if (claimed && &each == last && rivals > 2)
      made.how = shade::bad;
  }
  for (const absent_cell* each : one.absent) {
    if (std::ranges::find(out, printable(each->model), &entry::model) != out.end()) continue;
    out.push_back({printable(each->model), "-", "", "", "", shade::dim});
  }
  return out;
}

std::string details_of(const group& one) {
  std::string out = to_string(one.params);
  if (one.workers > 0) out += fmt::format("{}workers:{}", out.empty() ? "" : " ", one.workers);
  return printable(out);
}

bool is_baseline(const std::string& model) {
  return model == "serial" || model.starts_with("floor");
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

// Two lines per workload: times, and below them the places. Empty where it is wider than it may be.
std::string wide_form(const std::vector<group>& all, const table_options& options) {
  std::vector<std::string> models;
  std::vector<std::map<std::string, entry>> rows;
  std::size_t first = 0;
  for (const group& each : all) {
    first = std::max({first, columns(printable(each.workload)), columns(details_of(each)) + 2});
    auto& row = rows.emplace_back();
    for (entry& one : entries_of(each)) {
      if (std::ranges::find(models, one.model) == models.end()) models.push_back(one.model);
      row.emplace(one.model, one);
    }
  }
  std::ranges::sort(models, [](const std::string& a, const std::string& b) {
    return std::pair(is_baseline(a), a) < std::pair(is_baseline(b), b);
  });
  auto upper = [](const entry& one) {
    return one.spread.empty() ? one.time : fmt::format("{} {}", one.time, pad_left(one.spread, 5));
  };
  std::map<std::string, std::size_t> widths;
  std::size_t total = first;
  for (const std::string& model : models) {
    std::size_t& width = widths[model] = columns(model);
    for (const auto& row : rows)
      if (auto found = row.find(model); found != row.end())
        width = std::max({width, columns(upper(found->second)), columns(found->second.verdict)});
    total += width + 3;
  }
  if (total > static_cast<std::size_t>(options.width)) return {};

  painter paint{options.colour};
  std::string out, line = std::string(first, ' ');
  for (const std::string& model : models) line += "   " + pad_left(model, widths[model]);
  out += trimmed(line);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::string times = paint(shade::plain, pad_right(printable(all[i].workload), first));
    std::string places = pad_right("  " + details_of(all[i]), first);
    for (const std::string& model : models) {
      auto found = rows[i].find(model);
      entry one = found == rows[i].end() ? entry{} : found->second;
      times += "   " + paint(one.how, pad_left(upper(one), widths[model]));
      places += "   " + paint(one.how, pad_left(one.verdict, widths[model]));
    }
    out += trimmed(times) + trimmed(places);
  }
  return out;
}

std::string narrow_form(const std::vector<group>& all, const table_options& options) {
  std::vector<std::vector<entry>> blocks;
  entry head;  // the widest of each column
  std::size_t model = 0, time = 0, spread = 0, verdict = 0;
  for (const group& each : all) {
    blocks.push_back(entries_of(each));
    for (const entry& one : blocks.back()) {
      model = std::max(model, columns(one.model));
      time = std::max(time, columns(one.time));
      spread = std::max(spread, columns(one.spread));
      verdict = std::max(verdict, columns(one.verdict));
    }
  }
  painter paint{options.colour};
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) out += '\n';
    out += trimmed(wrapped(printable(all[i].title()), options.width, 2));
    for (const entry& one : blocks[i]) {
      std::string line =
          fmt::format("  {}  {}  {}  {}", pad_right(one.model, model), pad_left(one.time, time),
                      pad_left(one.spread, spread), pad_left(one.verdict, verdict));
      if (!one.interval.empty() &&
          columns(line) + 3 + columns(one.interval) <= static_cast<std::size_t>(options.width))
        line += "   " + one.interval;
      std::string text = trimmed(line);
      text.pop_back();
      out += paint(one.how, text) + '\n';
    }
  }
  return out;
}

// Files without models: a line per name.
std::string plain_form(const std::vector<const cell*>& all, const table_options& options) {
  std::size_t name = 0, time = 4, spread = 0, cpu = 3;
  auto cpu_of = [](const cell& one) { return median(values_of(one, "cpu_ns")); };
  for (const cell* each : all) {
    name = std::max(name, columns(printable(each->name)));
    if (!each->valid()) continue;
    time = std::max(time, columns(duration_text(median(values_of(*each, "time_ns")))));
    cpu = std::max(cpu, columns(duration_text(cpu_of(*each))));
    if (each->samples.size() > 1)
      spread = std::max(spread, columns(spread_text(relative_spread(values_of(*each, "time_ns")))));
  }
  name = std::min<std::size_t>(name, std::max(20, options.width - int(time + spread + cpu) - 6));
  std::string out =
      trimmed(fmt::format("{}  {}  {}  {}", pad_right("", name), pad_left("time", time),
                          pad_left("", spread), pad_left("CPU", cpu)));
  for (const cell* each : all) {
    std::string shown = printable(each->name);
    if (columns(shown) > name) out += shown + '\n', shown.clear();
    std::string line = pad_right(shown, name) + "  ";
    if (!each->valid()) {
      out += line + "invalid\n";
      continue;
    }
    auto times = values_of(*each, "time_ns");
    line += pad_left(duration_text(median(times)), time) + "  ";
    line += pad_left(times.size() > 1 ? spread_text(relative_spread(times)) : "", spread) + "  ";
    out += trimmed(line + pad_left(duration_text(cpu_of(*each)), cpu));
  }
  return out;
}

// "reason: models in workloads", each reason once.
std::string grouped_reasons(
    const std::map<std::string, std::map<std::string, std::set<std::string>>>& reasons, int width) {
  std::string out;
  for (const auto& [reason, models] : reasons) {
    std::map<std::set<std::string>, std::vector<std::string>> same;
    for (const auto& [model, places] : models) same[places].push_back(model);
    std::string text = fmt::format("  {}:", printable(reason));
    for (bool first = true; const auto& [places, who] : same) {
      text += first ? " " : "; ";
      text += fmt::format("{}", fmt::join(who, ", "));
      if (places.size() > 6)
        text += fmt::format(" in {} workloads", places.size());
      else
        text += fmt::format("{}{}", who.size() == 1 && who[0].empty() ? "" : " in ",
                            fmt::join(places, ", "));
      first = false;
    }
    out += "  " + wrapped(text.substr(2), width - 2, 4) + '\n';
  }
  return out;
}

std::string notes(const results& from, const std::vector<group>& all, int width) {
  std::map<std::string, std::map<std::string, std::set<std::string>>> invalid, absent, noted;
  std::size_t fewest = ~std::size_t{0}, most = 0, disturbed = 0, cells = 0;
  std::set<std::string> seen;
  for (const group& each : all) {
    for (const cell& one : each.cells) {
      if (!seen.insert(one.name).second) continue;
      ++cells;
      if (!one.valid()) {
        invalid[one.invalid.empty() ? "no sample" : one.cause()][printable(one.model)].insert(
            printable(one.model.empty() ? one.name : each.title()));
        continue;
      }
      for (const row* sample : one.samples)
        if (sample->note) noted[*sample->note][printable(one.model)].insert(each.title());
      fewest = std::min(fewest, one.samples.size());
      most = std::max(most, one.samples.size());
    }
  }
  for (const row& each : from.rows) disturbed += each.disturbed.has_value();
  for (const absent_cell& one : from.absent)
    absent[one.reason.empty() ? "no reason given" : one.reason][printable(one.model)].insert(
        printable(one.workload));
  std::string out;
  if (!invalid.empty())
    out += "\nInvalid, so without a number:\n" + grouped_reasons(invalid, width);
  if (!noted.empty())
    out += "\nNot the model's alone, in some samples at least:\n" + grouped_reasons(noted, width);
  if (!absent.empty()) out += "\nNot there (-):\n" + grouped_reasons(absent, width);
  if (most == 0) return out;
  std::string text = fmt::format("{} cells, ", cells);
  if (cells == 1) text = "1 cell, ";
  text += fewest == most ? fmt::format("{}", most) : fmt::format("{} to {}", fewest, most);
  text += most == 1 ? " sample each: no spread, and no interval is claimed"
                    : " samples each; medians ± spread";
  if (most > 1 && fewest < fewest_for_interval)
    text += "; no interval is claimed from fewer than five samples";
  if (disturbed > 0) text += fmt::format("; {} disturbed", disturbed);
  if (!from.context.complete) text += "; the run was not completed";
  if (from.from_aggregates) text += "; some names have only aggregates, their median stands in";
  return out + '\n' + wrapped(text + '.', width, 0) + '\n';
}

}  // namespace

table_options terminal_options(int fd) {
  table_options out;
  if (!isatty(fd)) return out;
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    out.width = std::max<int>(size.ws_col, 40);
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  out.colour = !(no_colour && *no_colour) && terminal && std::string_view(terminal) != "dumb";
  return out;
}

std::string text_table(const results& from, table_options options) {
  auto all = groups(from);
  std::vector<group> with_models;
  std::vector<const cell*> without;
  for (const group& each : all) {
    bool named =
        std::ranges::any_of(each.cells, [](const cell& one) { return !one.model.empty(); });
    if (named)
      with_models.push_back(each);
    else
      for (const cell& one : each.cells) without.push_back(&one);
  }
  std::string out;
  if (!with_models.empty()) {
    out = wide_form(with_models, options);
    if (out.empty()) out = narrow_form(with_models, options);
  }
  if (!without.empty()) out += (out.empty() ? "" : "\n") + plain_form(without, options);
  if (out.empty()) out = "No cell has been measured.\n";
  if (auto warning = slowdown_on_purpose(from.context); !warning.empty())
    out = wrapped(printable(warning), options.width, 2) + "\n\n" + out;
  return out + notes(from, all, options.width);
}

}  // namespace reports
