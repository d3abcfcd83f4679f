#include "bench/command/run/resume.hpp"

#include <fmt/format.h>

#include <fstream>

#include "bench/command/common/binaries.hpp"

namespace command {
namespace {

using json = nlohmann::ordered_json;

auto key_of(const std::string& cell, const planned& which) {
  return std::tuple{cell, which.sample, which.again, which.rerun};
}

}  // namespace

void finished_samples::add(const std::string& cell, const planned& which, const taken& sample) {
  all_.emplace(key_of(cell, which), sample);
}

const taken* finished_samples::find(const std::string& cell, const planned& which) const {
  const auto found = all_.find(key_of(cell, which));
  return found == all_.end() ? nullptr : &found->second;
}

double finished_samples::seconds() const {
  double sum_s = 0;
  for (const auto& [key, sample] : all_) sum_s += sample.seconds + sample.observing_s;
  return sum_s;
}

taken taken_of(const json& row) {
  const auto per = std::map<std::string, double>{{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  const auto unit = per.find(row.value("time_unit", "ns"));
  return {.time_ns = row.value("real_time", 0.0) * (unit == per.end() ? 1 : unit->second),
          .seconds = row.value("sample_s", 0.0),
          .invalid = row.value("error_occurred", false),
          .disturbed = row.contains("disturbed"),
          .observing_s = row.value("observing_s", 0.0)};
}

// Takes over what a file holds: its context and its rows.
finished_samples take_over(const json& file, result_file& results, const json& fresh,
                           calibration& length) {
  const auto& old = file.at("context");
  const auto refuse = [&](const char* why) {
    throw usage_error{fmt::format("{}: {}; it cannot be resumed, run anew without --resume",
                                  results.path().string(), why)};
  };
  if (old.at("fingerprint").at("hash") != fresh.at("fingerprint").at("hash"))
    refuse("was begun on another machine, with another toolchain or other settings");
  if (old.at("build") != fresh.at("build")) refuse("was begun with another build of the binaries");
  results.context = old;
  finished_samples done;
  const auto take = [&](const char* list, bool again) {
    if (!file.contains(list)) return;
    for (const auto& row : file[list]) {
      results.add(row, again);
      length.learn(row.at("name"), row);
      const planned which{0, row.at("sample"), again, row.contains("rerun")};
      done.add(row.at("name"), which, taken_of(row));
    }
  };
  take("benchmarks", false);
  take("again", true);
  return done;
}

json read_run(const std::filesystem::path& path) {
  std::ifstream in{path};
  if (!in) throw usage_error{path.string() + ": cannot be read; --resume wants the file of a run"};
  auto file = json::parse(in, nullptr, false);
  if (!file.is_object() || !file.contains("context") || !file["context"].contains("run"))
    throw usage_error{path.string() + ": is not a results file of `contend run`"};
  return file;
}

}  // namespace command
