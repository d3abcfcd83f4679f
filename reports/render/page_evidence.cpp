#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "reports/base/parallel.hpp"
#include "reports/base/text.hpp"
#include "reports/base/words.hpp"
#include "reports/charts/chart_parts.hpp"
#include "reports/judge/noise.hpp"
#include "reports/judge/places.hpp"
#include "reports/render/page_parts.hpp"

namespace reports::html {
namespace {

std::string number(double exact, const std::string& text) {
  return fmt::format("<td data-v=\"{}\">{}</td>", exact, esc(text));
}

std::string shown(const nlohmann::ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object()) {
    std::string out;
    for (const auto& [key, each] : value.items())
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", key, shown(each));
    return out;
  }
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string entries(const nlohmann::ordered_json& object) {
  std::string out;
  if (object.is_object())
    for (const auto& [key, value] : object.items())
      if (!value.empty())
        out += fmt::format("<dt>{}</dt><dd>{}</dd>", esc(field_title(key)), esc(shown(value)));
  return out;
}

std::string entry(std::string_view key, const std::string& value) {
  return value.empty() ? std::string{} : fmt::format("<dt>{}</dt><dd>{}</dd>", key, esc(value));
}

// A word as a shell reads it back.
std::string quoted(const std::string& word) {
  static constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%";
  if (!word.empty() && word.find_first_not_of(plain) == word.npos) return word;
  std::string out = "'";
  for (char c : word)
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  return out + "'";
}

// What `contend doctor` found before the run: what is not well in full, the rest by name.
std::string doctors_findings(const nlohmann::ordered_json& context) {
  auto found = context.find("doctor");
  if (found == context.end() || !found->is_array()) return {};
  auto text = [](const nlohmann::ordered_json& finding, const char* key) {
    auto at = finding.find(key);
    return at != finding.end() && at->is_string() ? at->get<std::string>() : std::string{};
  };
  std::string out, well;
  for (const auto& each : *found) {
    if (!each.is_object()) continue;
    if (text(each, "level") == "ok") {
      well += fmt::format("{}{} ({})", well.empty() ? "" : ", ", text(each, "check"),
                          text(each, "found"));
      continue;
    }
    std::string effect = text(each, "effect"), remedy = text(each, "remedy");
    out += entry(esc(fmt::format("{}: {}", text(each, "level"), text(each, "check"))),
                 text(each, "found") + (effect.empty() ? "" : ": " + effect) +
                     (remedy.empty() ? "" : "; mend: " + remedy));
  }
  return out + entry("ok", well);
}

// The noise and whatever else later versions put in, as they stand.
std::string other_facts(const nlohmann::ordered_json& context) {
  static const std::set<std::string> told = {"date",
                                             "host_name",
                                             "executable",
                                             "contend_schema",
                                             "contend_version",
                                             "library_version",
                                             "profile",
                                             "seed",
                                             "revision",
                                             "command",
                                             "started",
                                             "finished",
                                             "complete",
                                             "samples",
                                             "machine",
                                             "toolchain",
                                             "limits",
                                             "hardware_counters",
                                             "settings",
                                             "fingerprint",
                                             "absent",
                                             "workloads",
                                             "doctor",
                                             "noise"};
  std::string out;
  for (const auto& [key, value] : context.items()) {
    if (told.contains(key) || value.empty()) continue;
    std::string text;
    if (value.is_array() && value.front().is_object()) {
      for (const auto& each : value) text += "<div>" + esc(shown(each)) + "</div>";
    } else {
      text = esc(shown(value));
    }
    out += fmt::format("<dt>{}</dt><dd>{}</dd>", esc(field_title(key)), text);
  }
  return out;
}

}  // namespace

std::string workload_id(const std::string& prefix, std::size_t place) {
  return fmt::format("{}w{}", prefix, place);
}

std::string numbers_table(const findings& all, const workload_findings& one) {
  std::vector<std::string> params;
  for (const ranking* each : one.over)
    for (const auto& [key, value] : each->of->params)
      if (std::ranges::find(params, key) == params.end()) params.push_back(key);
  bool with_workers =
      std::ranges::any_of(one.over, [](const ranking* each) { return each->of->workers > 0; });
  auto fields = parts::fields_of(one);
  std::string out = "<thead><tr>";
  auto head = [&](std::string_view field, std::string_view title, bool on_paper = true) {
    out += fmt::format(
        "<th scope=\"col\" data-f=\"{}\"{}><button type=\"button\" data-sort>{}"
        "</button></th>",
        esc(field), on_paper ? "" : " data-screen", esc(title));
  };
  // Paper is too narrow for what is the same in every row, and for every counter.
  const auto differ = differing(one.over);
  constexpr std::size_t fields_on_paper = 3;
  head("model", all.compares ? "model" : "benchmark");
  for (const std::string& each : params) head(each, each, differ.contains(each));
  if (with_workers) head("workers", "workers", differ.contains("workers"));
  head("time_ns", "time");
  head("time_ns_low", "from");
  head("time_ns_high", "to");
  if (all.compares) head("ratio_to_best", "to the best");
  head("samples", "samples");
  for (std::size_t i = 0; i < fields.size(); ++i)
    head(fields[i], field_title(fields[i]), i < fields_on_paper);
  head("note", "note");
  out += "</tr></thead><tbody>";

  auto begin_row = [&](const group& at, const std::string& model, const std::string& name) {
    auto m = std::ranges::find(all.models, model) - all.models.begin();
    out += fmt::format("<tr data-m=\"{}\"><th scope=\"row\">{}</th>", m,
                       esc(all.compares ? model : name));
    for (const std::string& each : params) {
      auto found = std::ranges::find(at.params, each, [](auto& param) { return param.first; });
      std::string value = found == at.params.end() ? "" : found->second;
      out += fmt::format("<td data-v=\"{}\">{}</td>", esc(value), esc(with_separators(value)));
    }
    if (with_workers) out += fmt::format("<td>{}</td>", at.workers);
  };
  auto blank = [&](std::size_t count, const std::string& note) {
    for (std::size_t i = 0; i < count; ++i) out += "<td>–</td>";
    out += fmt::format("<td class=\"note\">{}</td></tr>", note);
  };
  const std::size_t numbers = 4 + all.compares + fields.size();
  for (const ranking* each : one.over) {
    for (const auto* list : {&each->places, &each->baselines})
      for (const standing& place : *list) {
        const cell& of = *place.of;
        begin_row(*each->of, of.model, of.name);
        out += number(place.time.value, duration_text(place.time.value));
        if (place.time.range)
          out += number(place.time.range->low, duration_text(place.time.range->low)) +
                 number(place.time.range->high, duration_text(place.time.range->high));
        else
          out += "<td>–</td><td>–</td>";
        if (all.compares)
          out += place.ratio.value > 0 ? number(place.ratio.value, ratio_text(place.ratio.value))
                                       : "<td>–</td>";
        out += fmt::format("<td>{}</td>", of.samples.size());
        for (const std::string& field : fields) {
          const auto value = parts::number_of(of, field);
          out += value ? number(*value, value_text(field, *value)) : "<td>–</td>";
        }
        std::string note;
        if (place.best && !place.tied_with_best && place.time.range && each->places.size() > 1)
          note = "best";
        else if (place.best || place.tied_with_best)
          note = place.tied_with_best ? "tied with the best" : "";
        if (!of.disturbed.empty())
          note += fmt::format("{}{} left out: {}", note.empty() ? "" : "; ",
                              counted(of.disturbed.size(), "disturbed sample"),
                              esc(*of.disturbed.front()->disturbed));
        out += fmt::format("<td class=\"note\">{}</td></tr>", note);
      }
    for (const cell* invalid : each->invalid) {
      begin_row(*each->of, invalid->model, invalid->name);
      blank(numbers,
            fmt::format("<span class=\"bad\">✕ invalid: {}</span>", esc(invalid->cause())));
    }
    for (const absent_cell* absent : each->of->absent) {
      begin_row(*each->of, absent->model, absent->name);
      blank(numbers, esc(absent->reason));
    }
  }
  return out + "</tbody>";
}

std::string filters(const findings& all, const std::string& prefix) {
  std::string out = "<div class=\"filters\" role=\"group\" aria-label=\"Filters\">";
  if (all.compares) {
    out += "<fieldset><legend>Models</legend>";
    for (std::size_t m = 0; m < all.models.size(); ++m)
      out += fmt::format(
          "<label class=\"chip\"><input type=\"checkbox\" data-model=\"{}\" checked><span>{}</span>"
          "</label>",
          m, esc(all.models[m]));
    out += "<button type=\"button\" data-all-models>All</button></fieldset>";
  }
  out += fmt::format(
      "<label class=\"search\">Workload <input type=\"search\" data-workload-filter "
      "id=\"{}filter\" placeholder=\"any\"></label>",
      prefix);
  return out + "</div>";
}

// What it does, and what all its cells share.
std::string about(const workload_findings& one) {
  std::string out;
  if (!one.about.empty()) out += fmt::format("<p>{}</p>", esc(one.about));
  if (auto shared = shared_place(one.over); !shared.empty())
    out += fmt::format("<p class=\"quiet\">{} {}.</p>", one.over.size() > 1 ? "Throughout:" : "At",
                       esc(shared));
  return out;
}

std::string workload_sections(const findings& all, const std::string& prefix) {
  std::string out = fmt::format("<h2>{}</h2>", all.compares ? "The evidence" : "Benchmarks");
  if (all.workloads.size() > 1)
    out +=
        "<div class=\"bar-of-buttons\"><button type=\"button\" data-open-all>Open all</button>"
        "<button type=\"button\" data-close-all>Close all</button></div>";
  return out + text_in_parallel(all.workloads.size(), [&](std::size_t w) {
           const workload_findings& one = all.workloads[w];
           const std::string id = workload_id(prefix, w);
           std::string line =
               all.compares ? one.judged.headline() : counted(one.over.size(), "size");
           if (!all.compares && !one.over.empty() && !one.over.front()->places.empty())
             line += ", from " + duration_text(one.over.front()->places.front().time.value);
           std::string section = fmt::format(
               "<details class=\"workload\" id=\"{0}\" "
               "data-workload=\"{1}\"{2}><summary><h3>{1}</h3>"
               "<p class=\"quiet\">{3}</p></summary><div class=\"inside\">{4}<div class=\"charts\" "
               "data-charts=\"{0}-charts\"></div><div class=\"table-head\"><h4 id=\"{0}-head\">All "
               "numbers</h4><button type=\"button\" class=\"csv\" "
               "data-csv=\"{0}-numbers\">CSV</button>"
               "</div><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
               "aria-labelledby=\"{0}-head\">"
               "<noscript><table class=\"numbers\" id=\"{0}-numbers\" "
               "data-name=\"{1}\">{5}</table></noscript></div>",
               id, esc(one.name), all.workloads.size() <= (all.compares ? 2 : 6) ? " open" : "",
               esc(line), about(one), numbers_table(all, one));
           if (!one.source_direct.empty() || !one.source_coroutine.empty())
             section += fmt::format(
                 "<details><summary>What ran: the two bodies</summary><div "
                 "class=\"bodies\"><figure><h4>"
                 "direct: threads, fibers, processes, tbb</h4><pre "
                 "tabindex=\"0\">{}</pre></figure><figure>"
                 "<h4>coroutine</h4><pre tabindex=\"0\">{}</pre></figure></div></details>",
                 esc(one.source_direct), esc(one.source_coroutine));
           return section + "</div></details>";
         });
}

std::string honesty(const findings& all) {
  const run_context& context = all.data.context;
  const auto& json = context.json;
  auto part = [&](const char* key) {
    return json.contains(key) ? entries(json[key]) : std::string{};
  };
  auto text = [&](const char* key) {
    return json.contains(key) ? shown(json[key]) : std::string{};
  };
  std::string command;
  for (const std::string& word : context.command)
    command += (command.empty() ? "" : " ") + quoted(word);

  std::string out = "<h2>How far to trust this</h2><div class=\"honest\">";
  auto box = [&](const char* title, const std::string& inside, const char* shape = "") {
    if (!inside.empty())
      out += fmt::format("<div{}><h3>{}</h3><dl>{}</dl></div>", shape, title, inside);
  };
  const char* wide = " class=\"wide\"";
  box("The run",
      entry("file", all.data.source) + entry("revision", context.revision) +
          entry("profile", context.profile) +
          entry("seed", context.seed ? std::to_string(*context.seed) : "") +
          entry("samples", all.samples_text()) +
          entry("started", context.started.empty() ? context.date : context.started) +
          entry("finished", context.finished) +
          entry("complete", context.complete ? "yes" : "no, stopped before its end") +
          entry("disturbed", fmt::format("{} of {}", counted(all.disturbed, "sample"),
                                         with_separators(std::to_string(all.data.rows.size())))) +
          entry("invalid",
                counted(all.invalid.size(), "cell") + ", " + counted(all.invalid_rows, "sample")) +
          entry("not there", counted(all.data.absent.size(), "cell")));
  box("The machine", entry("host", context.host_name) + part("machine") +
                         entry("fingerprint", context.fingerprint) +
                         entry("hardware counters", text("hardware_counters")) + part("limits"));
  box("The build and the settings", entry("contend", text("contend_version")) +
                                        entry("Google Benchmark", text("library_version")) +
                                        part("toolchain") + part("settings"));
  box("Doctor's findings", doctors_findings(json), wide);
  std::string noise;
  for (const auto& each : noise_in(json)) noise += entry("A/A pair", to_string(each));
  box("Noise and the rest", noise + other_facts(json), wide);
  out += "</div>";
  if (!command.empty())
    out += "<h3>To reproduce it</h3><pre class=\"block\" tabindex=\"0\">" + esc(command) + "</pre>";
  if (!all.data.absent.empty()) {
    std::map<std::string, std::vector<std::string>> by_reason;
    for (const absent_cell& each : all.data.absent) {
      auto& names = by_reason[each.reason];
      std::string name = each.workload + " on " + each.model;
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    out += "<details><summary>Cells that are not there, and why</summary><ul class=\"crossings\">";
    for (const auto& [reason, names] : by_reason)
      out += fmt::format("<li>{}: {}</li>", esc(reason.empty() ? "no reason given" : reason),
                         esc(listed(names)));
    out += "</ul></details>";
  }
  return out;
}

}  // namespace reports::html
