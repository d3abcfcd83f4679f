#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/base/text.hpp"
#include "reports/judge/compare.hpp"

namespace reports {
namespace {

constexpr std::array all_changes = {change::regressed, change::cannot_judge, change::improved,
                                    change::unchanged};

// Rows of one verdict, the largest change first.
std::vector<const judgement*> rows_of(const comparison& from, change result) {
  std::vector<const judgement*> out;
  for (const judgement& each : from.rows)
    if (each.result == result) out.push_back(&each);
  auto size = [](const judgement* each) {
    double log = std::abs(std::log(each->effect.value));
    return std::isfinite(log) ? log : -1;
  };
  if (result == change::regressed || result == change::improved)
    std::ranges::stable_sort(out, std::greater{}, size);
  return out;
}

std::string percent(double share) { return fmt::format("{:.2g} %", share * 100); }

std::string side(const std::string& source, const std::string& revision) {
  return revision.empty() ? printable(source)
                          : fmt::format("{} ({})", printable(source), printable(revision));
}

std::string counted(const comparison& from) {
  return fmt::format("{} regressed, {} improved, {} unchanged, {} cannot be judged",
                     from.count(change::regressed), from.count(change::improved),
                     from.count(change::unchanged), from.count(change::cannot_judge));
}

std::string effect_of(const judgement& row) {
  return std::isfinite(row.effect.value) ? change_text(row.effect.value) : "";
}

std::string range_of(const judgement& row) {
  if (!row.effect.range) return {};
  return fmt::format("{} to {}", change_text(row.effect.range->low),
                     change_text(row.effect.range->high));
}

std::string values_of(const judgement& row) {
  if (!std::isfinite(row.base) || !std::isfinite(row.head)) return {};
  return fmt::format("{} → {}", value_text(row.field, row.base), value_text(row.field, row.head));
}

std::string q_of(const judgement& row) {
  return row.q < 0.0005 ? "q < 0.001" : fmt::format("q = {:.3f}", row.q);
}

// What stands beside the numbers: why not, or how sure, or what could have been seen.
std::string remark_of(const judgement& row) {
  if (row.result == change::cannot_judge) return row.reason;
  std::string out = row.result == change::unchanged
                        ? fmt::format("{} would have been named", percent(row.flagged_from))
                        : fmt::format("{}, {}", q_of(row), row.paired ? "paired" : "unpaired");
  return row.reason.empty() ? out : fmt::format("{}; {}", out, row.reason);
}

std::vector<std::string> warnings_of(const comparison& from) {
  std::vector<std::string> out;
  for (const std::string& fact : from.different)
    out.push_back("FORCED, not the same machine, toolchain or settings: " + fact);
  for (const std::string& each : from.warnings) out.push_back(printable(each));
  return out;
}

std::string line_of(const judgement& row) {
  std::string out = fmt::format("{}: {} {}", row.name, label_of(row.field), to_string(row.result));
  if (row.result != change::cannot_judge) out += fmt::format(" {}", effect_of(row));
  if (auto range = range_of(row); !range.empty()) out += fmt::format(" ({})", range);
  return fmt::format("{}; {}", out, remark_of(row));
}

// A line per value under its benchmark's name, the remark below where it does not fit.
std::string by_name(const std::vector<const judgement*>& rows, int width) {
  std::string out, last;
  for (const judgement* row : rows) {
    if (row->name != last) out += "  " + printable(row->name) + '\n';
    last = row->name;
    std::string line = fmt::format("    {}  {}", pad_right(label_of(row->field), 11),
                                   pad_left(effect_of(*row), 7));
    line += "  " + pad_right(range_of(*row), 18);
    if (row->result != change::unchanged) line += "  " + values_of(*row);
    std::string remark = printable(remark_of(*row));
    const bool beside = columns(line) + 2 + columns(remark) <= static_cast<std::size_t>(width);
    out += line + (beside ? "  " + remark : "\n      " + wrapped(remark, width - 6, 6)) + '\n';
  }
  return out;
}

// Each reason once, with the benchmarks and their fields below it.
std::string by_reason(const std::vector<const judgement*>& rows, int width) {
  std::vector<std::string> order;
  std::map<std::string, std::map<std::string, std::vector<std::string_view>>> grouped;
  for (const judgement* row : rows) {
    if (!grouped.contains(row->reason)) order.push_back(row->reason);
    grouped[row->reason][row->name].push_back(label_of(row->field));
  }
  std::string out;
  for (const std::string& reason : order) {
    out += "  " + wrapped(printable(reason), width - 2, 4) + '\n';
    for (const auto& [name, fields] : grouped[reason])
      out += fmt::format("    {}  {}\n", printable(name), fmt::join(fields, ", "));
  }
  return out;
}

// Of a workflow command's message, and of its properties.
std::string escape_command(std::string_view text, bool property = false) {
  std::string out;
  for (char c : printable(text)) {
    if (c == '%')
      out += "%25";
    else if (property && c == ':')
      out += "%3A";
    else if (property && c == ',')
      out += "%2C";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string comparison_text(const comparison& from, int width, bool colour) {
  auto paint = [&](const char* code, const std::string& text) {
    return colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  };
  std::string out = fmt::format(
      "BASE  {}\nHEAD  {}\n{}; {} matters\n", side(from.base_source, from.base_revision),
      side(from.head_source, from.head_revision), counted(from), percent(from.threshold));
  for (const std::string& each : from.notes) out += wrapped(printable(each), width, 2) + '\n';
  for (const std::string& each : warnings_of(from)) out += wrapped("! " + each, width, 2) + '\n';
  for (change result : all_changes) {
    auto rows = rows_of(from, result);
    if (rows.empty()) continue;
    const char* code = result == change::regressed  ? "1;31"
                       : result == change::improved ? "32"
                                                    : "1";
    out += '\n' + paint(code, std::string(to_string(result))) + '\n';
    out += result == change::cannot_judge ? by_reason(rows, width) : by_name(rows, width);
  }
  return out;
}

std::string comparison_markdown(const comparison& from) {
  constexpr std::size_t most = 58'000;  // a comment on GitHub holds 65,536 characters
  const bool bad = from.count(change::regressed) > 0;
  std::string out = fmt::format("### {}\n\n{} → {}; {}. A change of {} matters.\n",
                                bad ? "❌ Slower" : "Benchmarks",
                                escape_markdown(side(from.base_source, from.base_revision)),
                                escape_markdown(side(from.head_source, from.head_revision)),
                                counted(from), percent(from.threshold));
  for (const std::string& each : warnings_of(from))
    out += fmt::format("\n> ⚠️ {}\n", escape_markdown(each.substr(0, 400)));
  for (const std::string& each : from.notes)
    out += fmt::format("\n{}\n", escape_markdown(each.substr(0, 400)));
  std::size_t left_out = 0;
  for (change result : all_changes) {
    auto rows = rows_of(from, result);
    if (rows.empty()) continue;
    const bool folded = result == change::unchanged || result == change::cannot_judge;
    std::string_view mark = result == change::regressed      ? "🔺 regressed"
                            : result == change::improved     ? "✅ improved"
                            : result == change::cannot_judge ? "❔ cannot judge"
                                                             : "➖ unchanged";
    out += folded ? fmt::format("\n<details><summary>{} ({})</summary>\n", mark, rows.size())
                  : fmt::format("\n**{}** ({})\n", mark, rows.size());
    out += "\n| benchmark | | change | interval | before → after | |\n|---|---|---:|---|---|---|\n";
    for (const judgement* row : rows) {
      std::string line = fmt::format(
          "| {} | {} | {} | {} | {} | {} |\n", escape_markdown(row->name), label_of(row->field),
          effect_of(*row), range_of(*row), values_of(*row), escape_markdown(remark_of(*row)));
      if (out.size() + line.size() > most)
        ++left_out;
      else
        out += line;
    }
    if (folded) out += "\n</details>\n";
  }
  if (left_out > 0) out += fmt::format("\n{} more rows do not fit here.\n", left_out);
  return out;
}

std::string comparison_json(const comparison& from) {
  nlohmann::ordered_json out;
  auto side = [](const std::string& source, const std::string& revision) {
    return nlohmann::ordered_json{{"source", source}, {"revision", revision}};
  };
  out["contend_comparison"] = 1;
  out["base"] = side(from.base_source, from.base_revision);
  out["head"] = side(from.head_source, from.head_revision);
  out["threshold"] = from.threshold;
  out["paired"] = from.paired;
  out["forced_over"] = from.different;
  out["warnings"] = from.warnings;
  out["notes"] = from.notes;
  for (change result : all_changes)
    out["count"][std::string(to_string(result))] = from.count(result);
  out["rows"] = nlohmann::ordered_json::array();
  auto finite = [](double value) {
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
  };
  for (const judgement& row : from.rows) {
    nlohmann::ordered_json made = {{"name", row.name},
                                   {"field", row.field},
                                   {"verdict", to_string(row.result)},
                                   {"reason", row.reason},
                                   {"required", row.required},
                                   {"paired", row.paired},
                                   {"threshold", row.threshold},
                                   {"base", finite(row.base)},
                                   {"head", finite(row.head)},
                                   {"ratio", finite(row.effect.value)},
                                   {"p", row.p},
                                   {"q", row.q},
                                   {"detectable", finite(row.detectable)},
                                   {"flagged_from", finite(row.flagged_from)},
                                   {"base_samples", row.base_samples},
                                   {"head_samples", row.head_samples}};
    if (row.effect.range) made["interval"] = {row.effect.range->low, row.effect.range->high};
    out["rows"].push_back(std::move(made));
  }
  return out.dump(1) + '\n';
}

std::string comparison_junit(const comparison& from) {
  std::size_t errors = 0, skipped = 0;
  std::string cases;
  for (const judgement& row : from.rows) {
    cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", escape_xml(row.name),
                         label_of(row.field));
    std::string message = escape_xml(line_of(row));
    if (row.result == change::regressed) {
      cases += fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n", message);
    } else if (row.result == change::cannot_judge && row.required) {
      ++errors;
      cases += fmt::format(">\n      <error message=\"{}\"/>\n    </testcase>\n", message);
    } else if (row.result == change::cannot_judge) {
      ++skipped;
      cases += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", message);
    } else {
      cases += fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>\n", message);
    }
  }
  std::string notes;
  for (const std::string& each : from.notes) notes += escape_xml(each) + '\n';
  for (const std::string& each : warnings_of(from)) notes += escape_xml(each) + '\n';
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites>\n"
      "  <testsuite name=\"contend\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
      "skipped=\"{}\">\n{}    <system-out>{}</system-out>\n  </testsuite>\n</testsuites>\n",
      from.rows.size(), from.count(change::regressed), errors, skipped, cases, notes);
}

std::string comparison_annotations(const comparison& from) {
  std::string out;
  for (const std::string& each : warnings_of(from))
    out += fmt::format("::warning title=Benchmarks::{}\n", escape_command(each));
  // GitHub shows ten of a kind; what cannot be judged is one line, its reasons stand in the report.
  for (change result : {change::regressed, change::improved})
    for (const judgement* row : rows_of(from, result))
      out += fmt::format("::{} title={}::{}\n", result == change::regressed ? "error" : "notice",
                         escape_command(fmt::format("{} {}", row->name, to_string(result)), true),
                         escape_command(line_of(*row)));
  auto open = rows_of(from, change::cannot_judge);
  std::erase_if(open, [](const judgement* row) { return !row->required; });
  if (!open.empty())
    out += fmt::format("::warning title=Benchmarks::{} cannot be judged, the first: {}\n",
                       open.size(), escape_command(line_of(*open.front())));
  return out;
}

}  // namespace reports
