#include "reports/render/svg.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <set>
#include <system_error>

#include "reports/base/assets.hpp"
#include "reports/charts/charts.hpp"

extern char** environ;

namespace reports {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Letters, digits, dots and hyphens: a name from a file must not choose where it is written.
std::string file_name(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '_' || c == '.';
    if (plain && !(out.empty() && c == '.'))
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "chart" : out.substr(0, 120);
}

struct scratch {
  fs::path folder;
  scratch() {
    std::string name = (fs::temp_directory_path() / "contend-svg-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), name);
    folder = name;
  }
  ~scratch() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
};

// `node script < input`; its exit status, or nothing where there is no node.
std::optional<int> run_node(const fs::path& script, const fs::path& input) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, input.c_str(), O_RDONLY, 0);
  std::string command = "node", file = script.string();
  std::array<char*, 3> argv = {command.data(), file.data(), nullptr};
  pid_t child = 0;
  int failed = posix_spawnp(&child, "node", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT) return {};
  if (failed) throw std::system_error(failed, std::generic_category(), "node");
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

std::size_t write_svgs(std::span<const std::unique_ptr<findings>> files, const fs::path& folder) {
  if (!has_chart_libraries())
    throw results_error("--svg: npm could not install Vega when this program was built");
  fs::create_directories(folder);
  json jobs = json::array();
  std::set<std::string> taken;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::string before = files.size() > 1 ? fmt::format("{}-", i + 1) : "";
    auto add = [&](const std::string& subject, const chart& of) {
      json spec = of.settled(false);
      spec["background"] = "white";
      if (spec["width"] == "container") spec["width"] = 560;
      spec["autosize"] = {{"type", "pad"}};
      if (!spec.contains("padding")) spec["padding"] = 10;
      spec["title"] = {{"text", subject}, {"subtitle", of.title}};
      std::string name = before + file_name(subject + "-" + of.id);
      while (!taken.insert(name).second) name += "-again";
      jobs.push_back({fs::absolute(folder / (name + ".svg")).string(), std::move(spec)});
    };
    const findings& all = *files[i];
    if (all.compares) add("contend", overview_chart(all));
    for (const workload_findings& one : all.workloads)
      for (const chart& each : charts_of(all, one)) add(one.name, each);
  }

  scratch place;
  const fs::path script = place.folder / "render.js", input = place.folder / "charts.json";
  std::ofstream out(script);
  // The libraries are made for browsers, where there is neither `exports` nor `require`.
  for (const char* library : {"vega.min.js", "vega-lite.min.js"})
    out << "(function (exports, module, define, require) {" << asset_of(library).text
        << "\n}).call(globalThis);\n";
  out << asset_of("render.js").text;
  out.close();
  std::ofstream(input) << jobs.dump(-1, ' ', false, json::error_handler_t::replace);
  auto status = run_node(script, input);
  if (!status) throw results_error("--svg: node is needed to draw, and it is not in the PATH");
  if (*status != 0) throw results_error("--svg: node could not draw every chart");
  return jobs.size();
}

}  // namespace reports
