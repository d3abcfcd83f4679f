#include "reports/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

#include "reports/names.hpp"

namespace reports {
namespace {

using nlohmann::ordered_json;

// Google Benchmark writes NaN and Infinity bare, which JSON does not have: outside of strings they
// become null. Lengths may change, so this is done only to a text that has failed to parse.
std::string without_bare_numbers(std::string_view text) {
  static constexpr std::array<std::string_view, 6> bare = {"-NaN",     "NaN",  "-Infinity",
                                                           "Infinity", "-nan", "nan"};
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    if (in_string) {
      if (text[i] == '\\' && i + 1 < text.size())
        out += text[i++];
      else if (text[i] == '"')
        in_string = false;
    } else if (text[i] == '"') {
      in_string = true;
    } else if (auto found = std::ranges::find_if(
                   bare, [&](std::string_view word) { return text.substr(i).starts_with(word); });
               found != bare.end()) {
      out += "null";
      i += found->size();
      continue;
    }
    out += text[i++];
  }
  return out;
}

[[noreturn]] void fail(const std::string& source, const std::string& what) {
  throw results_error(fmt::format("{}: {}", source, what));
}

std::string place(std::string_view text, std::size_t byte) {
  std::string_view before = text.substr(0, std::min(byte ? byte - 1 : 0, text.size()));
  auto line = 1 + std::ranges::count(before, '\n');
  auto start = before.rfind('\n');
  auto column = before.size() - (start == before.npos ? 0 : start + 1) + 1;
  return fmt::format("line {}, column {}", line, column);
}

ordered_json parse_json(std::string_view text, const std::string& source) {
  if (std::ranges::all_of(text, [](unsigned char c) { return std::isspace(c); }))
    fail(source, "the file is empty; a results file was expected");
  ordered_json document = ordered_json::parse(text, nullptr, false);
  if (!document.is_discarded()) return document;
  std::string mended = without_bare_numbers(text);
  try {
    return ordered_json::parse(mended);
  } catch (const ordered_json::parse_error& error) {
    std::string_view what = error.what();
    if (what.find("unexpected end of input") != what.npos)
      fail(source, place(mended, error.byte) +
                       ": the file ends in the middle; it is truncated, write it again");
    if (what.find("UTF-8") != what.npos)
      fail(source, place(mended, error.byte) + ": a string is not UTF-8");
    fail(source, place(mended, error.byte) + ": not JSON");
  } catch (const ordered_json::exception&) {
    fail(source, "a number is too large for a double");
  }
}

std::string text_of(const ordered_json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string shown(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::optional<double> number_of(const ordered_json& object, const char* key) {
  auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return {};
  double value = found->get<double>();
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

int small_number(const ordered_json& object, const char* key, int otherwise) {
  double value = number_of(object, key).value_or(otherwise);
  return std::abs(value) <= 2e9 ? static_cast<int>(value) : otherwise;
}

bool flag(const ordered_json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

double nanoseconds_per(const std::string& unit) {
  if (unit == "us") return 1e3;
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  return 1;
}

bool is_counter(const std::string& key) {
  static const std::set<std::string> builtin = {"family_index", "per_family_instance_index",
                                                "repetitions",  "repetition_index",
                                                "threads",      "iterations",
                                                "real_time",    "cpu_time",
                                                "workers",      "sample",
                                                "block",        "sample_s",
                                                "rerun",        "aa",
                                                "observing_s"};
  return !builtin.contains(key);
}

// The workload, model, parameters and workers: from the row's own keys, else from its name.
template <class Named>
void identify(Named& out, const ordered_json& from) {
  named parsed = parse_name(out.name);
  out.workload = text_of(from, "workload");
  out.model = text_of(from, "model");
  if (out.workload.empty()) out.workload = parsed.stem;
  out.params = std::move(parsed.params);
  if (auto params = from.find("params"); params != from.end() && params->is_object()) {
    out.params.clear();
    for (const auto& [key, value] : params->items()) out.params.emplace_back(key, shown(value));
  }
  out.workers = small_number(from, "workers", parsed.workers);
}

row read_row(const ordered_json& from, std::string name) {
  row out;
  out.name = std::move(name);
  identify(out, from);
  out.sample = small_number(from, "sample", small_number(from, "repetition_index", 0));
  if (number_of(from, "block")) out.block = small_number(from, "block", 0);
  if (auto found = from.find("disturbed"); found != from.end())
    if (found->is_string() || flag(from, "disturbed"))
      out.disturbed = found->is_string() ? found->get<std::string>() : "disturbed";
  if (out.disturbed && out.disturbed->empty()) out.disturbed.reset();
  if (flag(from, "error_occurred")) {
    out.error = text_of(from, "error_message");
    if (out.error->empty()) out.error = "an error without a message";
    return out;
  }
  if (auto note = text_of(from, "label"); !note.empty()) out.note = note;
  double unit = nanoseconds_per(text_of(from, "time_unit"));
  auto time = number_of(from, "real_time");
  if (!time || *time < 0) {
    out.error = "its time is not a number";
    return out;
  }
  out.time_ns = *time * unit;
  out.cpu_ns = number_of(from, "cpu_time").value_or(0) * unit;
  out.iterations = number_of(from, "iterations").value_or(0);
  for (const auto& [key, value] : from.items())
    if (value.is_number() && is_counter(key) && std::isfinite(value.get<double>()))
      out.counters.emplace(key, value.get<double>());
  if (auto found = from.find("latencies"); found != from.end())
    out.latencies = latency_histogram::read(*found);
  return out;
}

run_context read_context(const ordered_json& document, const std::string& source) {
  run_context out;
  auto found = document.find("context");
  if (found == document.end() || !found->is_object()) return out;
  const ordered_json& context = out.json = *found;
  out.schema = small_number(context, "contend_schema", 0);
  if (out.schema > results_schema)
    fail(source,
         fmt::format("written by a newer contend (contend_schema {}, this one reads up to {})",
                     out.schema, results_schema));
  out.date = text_of(context, "date");
  out.host_name = text_of(context, "host_name");
  out.profile = text_of(context, "profile");
  out.revision = text_of(context, "revision");
  out.started = text_of(context, "started");
  out.finished = text_of(context, "finished");
  if (auto seed = context.find("seed"); seed != context.end() && seed->is_number_integer())
    out.seed = seed->get<std::int64_t>();
  if (auto command = context.find("command"); command != context.end() && command->is_array())
    for (const ordered_json& word : *command) out.command.push_back(shown(word));
  if (context.contains("complete")) out.complete = flag(context, "complete");
  out.samples_asked = small_number(context, "samples", 0);
  if (auto print = context.find("fingerprint"); print != context.end() && print->is_object()) {
    out.fingerprint = text_of(*print, "hash");
    if (auto facts = print->find("facts"); facts != print->end() && facts->is_object())
      for (const auto& [key, value] : facts->items()) out.facts.emplace(key, shown(value));
  }
  return out;
}

absent_cell read_absent(const ordered_json& from, std::string name, std::string reason) {
  absent_cell out;
  out.name = std::move(name);
  identify(out, from);
  out.reason = std::move(reason);
  return out;
}

// Names as the rows go by: two that differ only in how they were timed stay apart.
class naming {
 public:
  explicit naming(const ordered_json& rows) {
    for (const ordered_json& each : rows) {
      std::string full = run_name(each);
      auto [at, fresh] = full_names_.emplace(without_timing(full), full);
      if (!fresh && at->second != full) clashes_.insert(at->first);
    }
  }
  std::string operator()(const ordered_json& row) const {
    std::string full = run_name(row), bare = without_timing(full);
    return clashes_.contains(bare) ? full : bare;
  }

 private:
  static std::string run_name(const ordered_json& row) {
    std::string name = text_of(row, "run_name");
    return name.empty() ? text_of(row, "name") : name;
  }
  std::map<std::string, std::string> full_names_;
  std::set<std::string> clashes_;
};

bool is_aggregate(const ordered_json& row) {
  return text_of(row, "run_type") == "aggregate" || row.contains("aggregate_name") ||
         row.contains("big_o") || row.contains("rms");
}

}  // namespace

std::string to_string(const parameters& params) {
  std::string out;
  for (const auto& [key, value] : params)
    out += fmt::format("{}{}:{}", out.empty() ? "" : " ", key, value);
  return out;
}

results parse_results(std::string_view text, const std::string& source) {
  ordered_json document = parse_json(text, source);
  if (!document.is_object() || !document.contains("benchmarks"))
    fail(source, "JSON, but not of a benchmark: it has no \"benchmarks\" list");
  const ordered_json& rows = document["benchmarks"];
  if (!rows.is_array()) fail(source, "\"benchmarks\" is not a list");

  results out;
  out.source = source;
  out.context = read_context(document, source);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].is_object()) fail(source, fmt::format("benchmarks[{}] is not an object", i));
    if (text_of(rows[i], "name").empty())
      fail(source, fmt::format("benchmarks[{}] has no name", i));
  }

  naming name_of(rows);
  std::map<std::string, std::vector<const ordered_json*>> aggregates;
  std::set<std::string> raw;
  for (const ordered_json& each : rows) {
    std::string name = name_of(each);
    if (is_aggregate(each)) {
      aggregates[name].push_back(&each);
    } else if (flag(each, "skipped") && !flag(each, "error_occurred")) {
      std::string reason = text_of(each, "skip_message");
      out.absent.push_back(read_absent(each, name, reason.empty() ? "skipped" : reason));
    } else {
      raw.insert(name);
      out.rows.push_back(read_row(each, name));
    }
  }
  for (const auto& [name, found] : aggregates) {
    if (raw.contains(name)) continue;
    for (const char* wanted : {"median", "mean"}) {
      auto one = std::ranges::find_if(found, [&](const ordered_json* each) {
        return text_of(*each, "aggregate_name") == wanted;
      });
      if (one == found.end()) continue;
      out.rows.push_back(read_row(**one, name));
      out.from_aggregates = true;
      break;
    }
  }
  if (auto absent = out.context.json.find("absent");
      absent != out.context.json.end() && absent->is_array())
    for (const ordered_json& each : *absent)
      if (each.is_object())
        out.absent.push_back(read_absent(each, text_of(each, "name"), text_of(each, "reason")));
  return out;
}

results read_results(const std::filesystem::path& file) {
  std::string source = file.string();
  if (std::filesystem::is_directory(file)) fail(source, "a folder; a results file was expected");
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(source, "cannot be opened for reading");
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) fail(source, "cannot be read");
  return parse_results(text, source);
}

}  // namespace reports
