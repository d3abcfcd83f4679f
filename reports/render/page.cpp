#include "reports/render/page.hpp"

#include <fmt/format.h>

#include <map>

#include "reports/base/assets.hpp"
#include "reports/base/parallel.hpp"
#include "reports/base/text.hpp"
#include "reports/base/words.hpp"
#include "reports/charts/charts.hpp"
#include "reports/render/page_parts.hpp"

namespace reports {
namespace {

using nlohmann::json;

// JSON inside a script element: nothing in it can end the element.
std::string data_block(const std::string& id, const json& data) {
  std::string out = fmt::format("<script type=\"application/json\" id=\"{}\">", id);
  for (char c : data.dump(-1, ' ', false, json::error_handler_t::replace))
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  return out + "</script>\n";
}

json as_json(chart&& of) {
  return {{"id", std::move(of.id)},           {"title", std::move(of.title)},
          {"summary", std::move(of.summary)}, {"spec", std::move(of.spec)},
          {"row_height", of.row_height},      {"switches", std::move(of.switches)}};
}

std::string chart_blocks(const findings& all, const std::string& prefix) {
  return text_in_parallel(all.workloads.size(), [&](std::size_t w) {
    json charts = json::array();
    for (chart& each : charts_of(all, all.workloads[w])) charts.push_back(as_json(std::move(each)));
    return data_block(html::workload_id(prefix, w) + "-charts", charts);
  });
}

std::string machine_line(const findings& all) {
  const auto& context = all.data.context.json;
  std::vector<std::string> parts;
  auto machine = context.find("machine");
  auto add = [&](const char* key, std::string_view before, std::string_view after) {
    if (machine == context.end() || !machine->is_object() || !machine->contains(key)) return;
    const auto& value = (*machine)[key];
    parts.push_back(fmt::format(
        "{}{}{}", before, value.is_string() ? value.get<std::string>() : value.dump(), after));
  };
  add("cpu_model", "", "");
  add("cores", "", " cores");
  add("kernel", "Linux ", "");
  const run_context& run = all.data.context;
  if (!run.host_name.empty()) parts.push_back(run.host_name);
  if (!run.revision.empty()) parts.push_back("revision " + run.revision);
  std::string when = run.started.empty() ? run.date : run.started;
  if (!when.empty()) parts.push_back(when.substr(0, 10));
  parts.push_back(all.samples_text());
  std::string out;
  for (const std::string& each : parts) out += (out.empty() ? "" : " · ") + escape_xml(each);
  return "<p class=\"machine\">" + out + "</p>";
}

std::string run_switch(std::span<const std::unique_ptr<findings>> files) {
  if (files.size() < 2) return {};
  std::string out = "<label class=\"runs\">Results <select data-run-switch>";
  for (std::size_t i = 0; i < files.size(); ++i)
    out += fmt::format("<option value=\"{}\">{}</option>", i, escape_xml(files[i]->label()));
  return out + "</select></label>";
}

// Side by side in words only: no number of one machine stands in another's chart.
std::string side_by_side(std::span<const std::unique_ptr<findings>> files) {
  if (files.size() < 2) return {};
  bool same = true;
  for (const auto& each : files)
    same = same && !each->data.context.fingerprint.empty() &&
           each->data.context.fingerprint == files[0]->data.context.fingerprint;
  std::string out = fmt::format(
      "<details class=\"notice\"><summary>{} results files; {} The verdicts side by side</summary>"
      "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\" class=\"left\">"
      "results</th><th scope=\"col\" class=\"left\">fingerprint</th>",
      files.size(),
      same ? "all of one fingerprint."
           : "of different or unknown fingerprints: times of one do not compare with the other's.");
  std::vector<std::string> families;
  for (const auto& file : files)
    for (const family_findings& each : file->families)
      if (std::ranges::find(families, each.name) == families.end()) families.push_back(each.name);
  for (const std::string& each : families)
    out += fmt::format("<th scope=\"col\" class=\"left\">{}</th>", escape_xml(each));
  out += "</tr></thead><tbody>";
  for (const auto& file : files) {
    out += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"left\">{}</td>",
                       escape_xml(file->label()), escape_xml(file->data.context.fingerprint));
    for (const std::string& each : families) {
      auto found = std::ranges::find(file->families, each, &family_findings::name);
      out +=
          fmt::format("<td class=\"left\">{}</td>", found == file->families.end() || !file->compares
                                                        ? "–"
                                                        : escape_xml(found->judged.headline()));
    }
    out += "</tr>";
  }
  return out + "</tbody></table></div></details>";
}

// Every {{name}} of the template, once and in one pass: what is put in is not looked at again.
std::string filled(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  for (;;) {
    auto open = text.find("{{");
    out += text.substr(0, open);
    if (open == text.npos) return out;
    auto close = text.find("}}", open);
    out += values.at(std::string(text.substr(open + 2, close - open - 2)));
    text.remove_prefix(close + 2);
  }
}

}  // namespace

std::string html_page(std::span<const std::unique_ptr<findings>> files) {
  std::string body = side_by_side(files), data;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const findings& all = *files[i];
    const std::string prefix = fmt::format("r{}-", i);
    body += fmt::format("<section class=\"run\" data-run=\"{}\"{}>", i, i > 0 ? " hidden" : "");
    body += html::headline(all) + machine_line(all) + html::verdict_cards(all) +
            html::notices(all) + html::filters(all, prefix) + html::heat_map(all, prefix) +
            html::crossings(all) + html::workload_sections(all, prefix) + html::honesty(all);
    body += "</section>";
    data += data_block(prefix + "models", {{"names", all.models},
                                           {"slots", scales_of(all.models).colours},
                                           {"shapes", scales_of(all.models).shapes}});
    if (!has_chart_libraries()) continue;
    if (all.compares)
      data += data_block(prefix + "overview-charts", json::array({as_json(overview_chart(all))}));
    data += chart_blocks(all, prefix);
  }

  std::string scripts, sources;
  for (const char* name : {"vega.min.js", "vega-lite.min.js", "vega-embed.min.js", "page.js"}) {
    asset each = asset_of(name);
    if (each.text.empty()) continue;
    scripts += fmt::format("<script>{}</script>\n", each.text);
    sources += (sources.empty() ? "" : " ") + script_source(each);
  }
  return filled(
      asset_of("page.html").text,
      {{"title", escape_xml("contend: " + files[0]->label())},
       {"script-sources", sources},
       {"style", std::string(asset_of("page.css").text)},
       {"runs", run_switch(files)},
       {"body", body},
       {"charts-note",
        has_chart_libraries()
            ? "Charts by Vega-Lite (BSD 3-Clause, University of Washington Interactive Data Lab)."
            : "<b>There are no charts: npm could not install Vega when this program was built. "
              "Every number is in the tables.</b>"},
       {"themes", json{{"light", chart_theme(false)}, {"dark", chart_theme(true)}}.dump()},
       {"data", data},
       {"scripts", scripts}});
}

}  // namespace reports
