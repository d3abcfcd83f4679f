#include "bench/command/doctor/doctor.hpp"

#include <fmt/format.h>
#include <gnu/libc-version.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "bench/command/common/binaries.hpp"
#include "bench/command/common/commands.hpp"
#include "reports/base/text.hpp"
#include "reports/render/table.hpp"

namespace command {
namespace {

using json = nlohmann::ordered_json;

finding allocator() {
  finding f{.check = "allocator",
            .found = fmt::format("glibc {}'s malloc", ::gnu_get_libc_version())};
  for (const char* name : {"LD_PRELOAD", "GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_CONF"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    f.is = level::notice;
    f.found += fmt::format(", with {}={}", name, value);
    f.effect = "another allocator, or one tuned: models that allocate per task change most";
    f.remedy = fmt::format("unset {}, or say so beside the numbers", name);
  }
  return f;
}

finding compiler(const json& toolchain) {
  const auto text = [&](const char* key) { return toolchain.value(key, std::string{}); };
  finding f{
      .check = "compiler",
      .found = fmt::format("{} {}, {}", text("compiler"), text("compiler_version"), text("flags"))};
  if (const auto sanitizers = text("sanitizers"); !sanitizers.empty()) {
    f.is = level::warning;
    f.found += ", sanitizers " + sanitizers;
    f.effect = "times are those of the sanitizer";
    f.remedy = "cmake --preset release";
  } else if (text("build_type") != "Release") {
    f.is = level::warning;
    f.found += fmt::format(", build type {}", text("build_type"));
    f.effect = "unoptimised, or with assertions: not what anybody would run";
    f.remedy = "cmake --preset release";
  } else if (text("flags").find("-march=native") == std::string::npos) {
    f.is = level::notice;
    f.effect = "compiled for any processor of its kind: kernels that vectorise are slower";
    f.remedy = "cmake --preset release, which has CONTEND_NATIVE on";
  }
  return f;
}

finding benchmark_library(const json& build) {
  const auto type = build.value("library_build_type", std::string{"unknown"});
  finding f{.check = "benchmark library",
            .found = fmt::format("Google Benchmark {}, a {} build",
                                 build.value("library_version", std::string{"unknown"}), type)};
  if (type == "release") return f;
  f.is = level::notice;
  f.effect = "it says DEBUG in every run; none of its code is between our clock's readings";
  f.remedy = "nothing to do: Debian's package is made so";
  return f;
}

void print(const std::vector<finding>& all) {
  const auto terminal = reports::terminal_options(1);
  const auto painted = [&](level is) {
    const auto text = fmt::format("{:<7}", text_of(is));
    if (!terminal.colour) return text;
    return fmt::format("\x1b[{}m{}\x1b[0m",
                       is == level::ok       ? "32"
                       : is == level::notice ? "36"
                                             : "33",
                       text);
  };
  std::size_t width = 0;
  for (const auto& f : all) width = std::max(width, f.check.size());
  int notices = 0, warnings = 0;
  for (const auto& f : all) {
    notices += f.is == level::notice;
    warnings += f.is == level::warning;
    auto line = f.found;
    if (!f.effect.empty()) line += fmt::format(": {}; mend: {}", f.effect, f.remedy);
    fmt::print("{}  {:<{}}  {}\n", painted(f.is), f.check, width, reports::printable(line));
  }
  fmt::print("{} findings: {} ok, {} notice{}, {} warning{}\n", all.size(),
             static_cast<int>(all.size()) - notices - warnings, notices, notices == 1 ? "" : "s",
             warnings, warnings == 1 ? "" : "s");
}

struct doctor_options {
  selection wanted;
  std::string bin_dir, root = "/";
  bool as_json = false;
};

void run(doctor_options o) {
  o.wanted.folder = o.bin_dir.empty() ? own_folder() : std::filesystem::path{o.bin_dir};
  interrupts interrupts;
  const auto all =
      examine(read_catalogue(o.wanted, interrupts).binaries.front().build, system_files{o.root});
  if (o.as_json)
    fmt::print("{}\n", to_json(all).dump(2));
  else
    print(all);
}

}  // namespace

std::vector<finding> build_findings(const json& build) {
  std::vector<finding> all{allocator()};
  if (!build.is_object()) return all;
  all.push_back(compiler(build.value("toolchain", json::object())));
  all.push_back(benchmark_library(build));
  return all;
}

std::vector<finding> examine(const json& build, const system_files& system) {
  auto all = processor_findings(system);
  for (auto part : {limit_findings(system), build_findings(build)})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

const char* text_of(level is) {
  switch (is) {
    case level::ok:
      return "ok";
    case level::notice:
      return "notice";
    case level::warning:
      return "warning";
  }
  return "";
}

json to_json(const std::vector<finding>& findings) {
  auto list = json::array();
  for (const auto& f : findings) {
    json each{{"check", f.check}, {"level", text_of(f.is)}, {"found", f.found}};
    if (!f.effect.empty()) each["effect"] = f.effect;
    if (!f.remedy.empty()) each["remedy"] = f.remedy;
    list.push_back(std::move(each));
  }
  return list;
}

void add_doctor(CLI::App& app) {
  auto o = std::make_shared<doctor_options>();
  auto* doctor = app.add_subcommand(
      "doctor", "What on this machine will disturb a measurement, and how it is mended");
  doctor->add_option("--bin-dir", o->bin_dir,
                     "Where the bench_* binaries are (default: beside contend)");
  doctor->add_option("--root", o->root, "The folder that /proc and /sys are read from")
      ->capture_default_str();
  doctor->add_flag("--json", o->as_json, "As JSON: [{check, level, found, effect, remedy}]");
  doctor->footer("Examples:\n  contend doctor\n  contend doctor --json");
  doctor->callback([o] { run(*o); });
}

}  // namespace command
