#include "reports/read/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "reports/base/parallel.hpp"
#include "reports/read/document.hpp"
#include "reports/read/names.hpp"

namespace reports {
namespace {

using nlohmann::ordered_json;

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

constexpr int unsaid = -1;

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

// The workload, model, parameters and workers, as far as a row's own keys say them.
template <class Named>
void read_identity(Named& out, const ordered_json& from) {
  out.workload = text_of(from, "workload");
  out.model = text_of(from, "model");
  out.workers = small_number(from, "workers", unsaid);
  if (auto params = from.find("params"); params != from.end() && params->is_object())
    for (const auto& [key, value] : params->items()) out.params.emplace_back(key, shown(value));
}

// The rest of them, from its name.
template <class Named>
void complete(Named& out) {
  named parsed = parse_name(out.name);
  if (out.workload.empty()) out.workload = parsed.stem;
  if (out.params.empty()) out.params = std::move(parsed.params);
  if (out.workers == unsaid) out.workers = parsed.workers;
}

// What stands in the list, before its name is settled.
struct listed_row {
  row made;
  std::string bare_name;  // without what only says how it was timed; `made` has all of it
  std::optional<std::string> skipped;
  bool aggregate = false;
  std::string aggregate_of;
};

row read_row(const ordered_json& from) {
  row out;
  out.name = text_of(from, "run_name");
  if (out.name.empty()) out.name = text_of(from, "name");
  read_identity(out, from);
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
      out.counters[key] = value.get<double>();
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
    refuse(source,
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

listed_row read_entry(const ordered_json& from) {
  listed_row out;
  out.aggregate_of = text_of(from, "aggregate_name");
  out.aggregate = !out.aggregate_of.empty() || text_of(from, "run_type") == "aggregate" ||
                  from.contains("big_o") || from.contains("rms");
  if (flag(from, "skipped") && !flag(from, "error_occurred")) {
    out.skipped = text_of(from, "skip_message");
    if (out.skipped->empty()) out.skipped = "skipped";
  }
  out.made = read_row(from);
  out.bare_name = without_timing(out.made.name);
  return out;
}

// Two names that differ only in how they were timed stay apart.
void settle_names(std::vector<listed_row>& all) {
  std::unordered_map<std::string_view, std::string_view> firsts;
  std::unordered_set<std::string_view> clashes;
  for (const listed_row& each : all)
    if (firsts.emplace(each.bare_name, each.made.name).first->second != each.made.name)
      clashes.insert(each.bare_name);
  in_parallel(all.size(), [&](std::size_t i) {
    listed_row& one = all[i];
    if (!clashes.contains(one.bare_name)) one.made.name = one.bare_name;
    complete(one.made);
  });
}

// The document without its rows, and what they say.
std::pair<ordered_json, std::vector<listed_row>> read_document(std::string_view text,
                                                               const std::string& source) {
  std::vector<listed_row> out;
  if (auto parts = split_rows(text)) {
    out.resize(parts->rows.size());
    std::atomic<bool> good{true};
    in_parallel(out.size(), [&](std::size_t i) {
      auto parsed = ordered_json::parse(parts->rows[i], nullptr, false);
      if (parsed.is_discarded())
        good = false;
      else
        out[i] = read_entry(parsed);
    });
    if (good) return {std::move(parts->rest), std::move(out)};
    out.clear();
  }
  ordered_json document = parse_json(text, source);
  if (!document.is_object() || !document.contains("benchmarks"))
    refuse(source, "JSON, but not of a benchmark: it has no \"benchmarks\" list");
  if (!document["benchmarks"].is_array()) refuse(source, "\"benchmarks\" is not a list");
  for (std::size_t i = 0; const ordered_json& each : document["benchmarks"]) {
    if (!each.is_object()) refuse(source, fmt::format("benchmarks[{}] is not an object", i));
    out.push_back(read_entry(each));
    ++i;
  }
  return {std::move(document), std::move(out)};
}

}  // namespace

std::string to_string(const parameters& params) {
  std::string out;
  for (const auto& [key, value] : params)
    out += fmt::format("{}{}:{}", out.empty() ? "" : " ", key, value);
  return out;
}

results parse_results(std::string_view text, const std::string& source) {
  auto [document, entries] = read_document(text, source);
  results out;
  out.source = source;
  out.context = read_context(document, source);
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].made.name.empty()) refuse(source, fmt::format("benchmarks[{}] has no name", i));
  settle_names(entries);

  std::map<std::string, std::vector<listed_row*>> aggregates;
  for (listed_row& each : entries) {
    row& made = each.made;
    if (each.aggregate)
      aggregates[made.name].push_back(&each);
    else if (each.skipped)
      out.absent.push_back({made.name, made.workload, made.model, made.params, made.workers,
                            std::move(*each.skipped)});
    else
      out.rows.push_back(std::move(made));
  }
  std::unordered_set<std::string_view> raw;
  if (!aggregates.empty())
    for (const row& each : out.rows) raw.insert(each.name);
  std::vector<row> instead;
  for (const auto& [name, found] : aggregates) {
    if (raw.contains(name)) continue;
    for (const char* wanted : {"median", "mean"}) {
      auto one =
          std::ranges::find(found, wanted, [](listed_row* each) { return each->aggregate_of; });
      if (one == found.end()) continue;
      instead.push_back(std::move((*one)->made));
      out.from_aggregates = true;
      break;
    }
  }
  std::ranges::move(instead, std::back_inserter(out.rows));
  if (auto absent = out.context.json.find("absent");
      absent != out.context.json.end() && absent->is_array())
    for (const ordered_json& each : *absent)
      if (each.is_object()) {
        absent_cell& one = out.absent.emplace_back();
        one.name = text_of(each, "name");
        one.reason = text_of(each, "reason");
        read_identity(one, each);
        complete(one);
      }
  return out;
}

results read_results(const std::filesystem::path& file) {
  std::string source = file.string();
  if (std::filesystem::is_directory(file)) refuse(source, "a folder; a results file was expected");
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse(source, "cannot be opened for reading");
  std::string text;
  for (std::size_t have = 0; in; text.resize(have + static_cast<std::size_t>(in.gcount()))) {
    have = text.size();
    text.resize(std::max<std::size_t>(1 << 20, 2 * have));
    in.read(text.data() + have, static_cast<std::streamsize>(text.size() - have));
  }
  if (in.bad()) refuse(source, "cannot be read");
  return parse_results(text, source);
}

}  // namespace reports
