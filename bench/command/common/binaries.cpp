#include "bench/command/common/binaries.hpp"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "bench/base/nearest.hpp"

namespace command {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

std::vector<fs::path> find_binaries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator{folder, error})
    if (entry.path().filename().string().starts_with("bench_") && entry.is_regular_file() &&
        ::access(entry.path().c_str(), X_OK) == 0)
      found.push_back(entry.path());
  if (error) throw usage_error{fmt::format("{}: {}", folder.string(), error.message())};
  if (found.empty())
    throw usage_error{
        fmt::format("{}: no benchmark binary (bench_*) here; build them first, or "
                    "say where with --bin-dir",
                    folder.string())};
  std::ranges::sort(found);
  return found;
}

// What a binary answers to --list; its complaint, without its own name, where it refuses.
json ask(const fs::path& file, std::vector<std::string> arguments, interrupts& interrupts) {
  arguments.insert(arguments.begin(), {fs::absolute(file).string(), "--list"});
  const auto e = run_child({.argv = arguments, .timeout_s = 20}, interrupts);
  const auto name = file.filename().string();
  if (e.interrupted) throw std::runtime_error{"interrupted"};
  if (e.timed_out) throw std::runtime_error{name + " --list: no answer after 20 s"};
  if (WIFSIGNALED(e.status))
    throw std::runtime_error{
        fmt::format("{} --list: crashed: {}", name, signal_name(WTERMSIG(e.status)))};
  if (WEXITSTATUS(e.status) == 0) {
    auto answer = json::parse(e.output, nullptr, false);
    if (answer.is_object() && answer.contains("cells")) return answer;
    throw std::runtime_error{name + " --list: the answer is not a list of cells"};
  }
  auto line = e.last_error_line;
  if (const auto prefix = arguments.front() + ": "; line.starts_with(prefix))
    line.erase(0, prefix.size());
  throw usage_error{
      line.empty() ? fmt::format("{} --list: exit status {}", name, WEXITSTATUS(e.status)) : line};
}

template <class List>
std::vector<std::string> names_of(const List& list) {
  std::vector<std::string> names;
  for (const auto& each : list) names.push_back(each.name);
  return names;
}

std::vector<knob> read_knobs(const json& list) {
  std::vector<knob> knobs;
  for (const auto& k : list) knobs.push_back({k.at("key"), k.at("value"), k.at("about")});
  return knobs;
}

void add_models(std::vector<named>& models, const json& answer) {
  for (const auto& m : answer.at("models"))
    if (std::ranges::find(models, m.at("name").get<std::string>(), &named::name) == models.end())
      models.push_back({m.at("name"), m.at("about")});
}

// The keys of --set that a binary knows; the rest is another binary's.
std::vector<std::string> known_sets(const std::vector<std::string>& sets, const json& answer) {
  std::vector<std::string> keys;
  for (const auto& k : answer.at("settings")) keys.push_back(k.at("key"));
  for (const auto& w : answer.at("workloads")) {
    for (const auto& k : w.at("knobs")) keys.push_back(k.at("key"));
    for (const auto& name : w.value("parameters", json::array())) keys.push_back(name);
  }
  std::vector<std::string> known;
  for (const auto& text : sets)
    if (std::ranges::find(keys, text.substr(0, text.find('='))) != keys.end())
      known.push_back(text);
  return known;
}

void check_sets(const std::vector<std::string>& sets, const catalogue& all) {
  std::vector<std::string> keys;
  for (const auto& k : all.settings) keys.push_back(k.key);
  const auto add = [&](const std::string& key) {
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  };
  for (const auto& w : all.workloads) {
    for (const auto& k : w.knobs) add(k.key);
    for (const auto& name : w.parameters) add(name);
  }
  for (const auto& text : sets) {
    const auto key = text.substr(0, text.find('='));
    if (key.size() == text.size())
      throw usage_error{fmt::format("--set {}: wants key=value", text)};
    if (std::ranges::find(keys, key) == keys.end())
      throw usage_error{
          fmt::format("--set {}: no such setting; {}", key, bench::did_you_mean(key, keys))};
  }
}

bool matches(const std::string& pattern, const std::string& name) {
  const auto last = pattern.find('/') == std::string::npos ? name.substr(name.find('/') + 1) : name;
  return pattern == "all" || ::fnmatch(pattern.c_str(), last.c_str(), 0) == 0;
}

bool wanted(const std::vector<std::string>& patterns, const std::string& name) {
  return patterns.empty() ||
         std::ranges::any_of(patterns, [&](const auto& pattern) { return matches(pattern, name); });
}

bool wanted_model(const std::vector<std::string>& models, const std::string& name) {
  const auto model = name.substr(0, name.find('@'));  // whatever its engine
  return models.empty() || std::ranges::find(models, "all") != models.end() ||
         std::ranges::find(models, model) != models.end();
}

void check_names(const selection& asked, const catalogue& all) {
  for (const auto& model : asked.models)
    if (model != "all" && std::ranges::find(all.models, model, &named::name) == all.models.end())
      throw usage_error{fmt::format("--models {}: no such model; {}", model,
                                    bench::did_you_mean(model, names_of(all.models)))};
  for (const auto& pattern : asked.workloads)
    if (std::ranges::none_of(all.workloads,
                             [&](const auto& w) { return matches(pattern, w.name); }))
      throw usage_error{fmt::format("--workloads {}: no such workload; {}", pattern,
                                    bench::did_you_mean(pattern, names_of(all.workloads)))};
}

std::vector<std::string> arguments_of(const selection& asked,
                                      const std::vector<std::string>& sets) {
  std::vector<std::string> all{"--profile=" + asked.profile,
                               fmt::format("--workers={}", fmt::join(asked.workers, ","))};
  for (const auto& text : sets) all.push_back("--set=" + text);
  return all;
}

}  // namespace

fs::path own_folder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

catalogue read_catalogue(const selection& asked, interrupts& interrupts) {
  catalogue all;
  all.models.push_back({"floor", "the best hand-written program without a model"});
  std::vector<json> plain;  // what each offers, before the user's settings
  for (const auto& file : find_binaries(asked.folder)) {
    plain.push_back(ask(file, {}, interrupts));
    const auto& answer = plain.back();
    all.binaries.push_back({file,
                            {},
                            answer.value("build", json{}),
                            answer.value("accepts", std::vector<std::string>{})});
    add_models(all.models, answer);
    if (all.settings.empty()) all.settings = read_knobs(answer.at("settings"));
    for (const auto& w : answer.at("workloads"))
      all.workloads.push_back({w.at("name"), w.at("about"), read_knobs(w.at("knobs")),
                               w.value("source_direct", ""), w.value("source_coroutine", ""),
                               w.value("parameters", std::vector<std::string>{})});
  }
  if (!asked.lenient) check_names(asked, all);
  check_sets(asked.sets, all);
  for (std::size_t i = 0; i < all.binaries.size(); ++i) {
    auto& b = all.binaries[i];
    b.arguments = arguments_of(asked, known_sets(asked.sets, plain[i]));
    const auto answer = ask(b.file, b.arguments, interrupts);
    for (const auto& c : answer.at("cells"))
      if (wanted(asked.workloads, c.at("workload")) && wanted_model(asked.models, c.at("model")))
        all.cells.push_back({c.at("name"), c.at("workload"), c.at("model"), c.at("params"),
                             c.at("workers"), c.value("absent", ""), i});
    if (i == 0) {
      // The settings as they will be, the user's included.
      all.settings = read_knobs(answer.at("settings"));
    }
  }
  return all;
}

}  // namespace command
