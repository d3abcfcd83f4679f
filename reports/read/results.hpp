#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/read/counters.hpp"
#include "reports/read/latency.hpp"

namespace reports {

// A results file that cannot be used. The text is one line: which file, where in it, what is wrong.
struct results_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// In the order of the name; a bare argument of a plain Google Benchmark name is called arg, arg2,
// ...
using parameters = std::vector<std::pair<std::string, std::string>>;

// "leaves:10000 depth:3"; empty without parameters.
std::string to_string(const parameters& params);

// One sample. Where `error` stands there is no time, and no other number may be read.
struct row {
  std::string name;      // without what only says how it was timed: /manual_time, /repeats:5, ...
  std::string workload;  // "cpu/skynet"; the family's name in a file of another project
  std::string model;     // empty in a file of another project
  parameters params;
  int workers = 0;  // 0: unknown
  int sample = 0;
  std::optional<int> block;  // samples of one block are neighbours in time
  std::optional<std::string> error;
  std::optional<std::string> disturbed;
  std::optional<std::string> note;  // what else limited its numbers, such as a busy client
  double iterations = 0;
  double time_ns = 0;  // per iteration
  double cpu_ns = 0;   // per iteration
  counter_list counters;
  std::optional<latency_histogram> latencies;  // of what it timed one by one, where it did
};

// A cell that cannot be, or was skipped, and why.
struct absent_cell {
  std::string name, workload, model;
  parameters params;
  int workers = 0;
  std::string reason;
};

struct run_context {
  int schema = 0;  // 0: not written by contend
  std::string date, host_name, profile, revision, started, finished;
  std::optional<std::int64_t> seed;
  std::vector<std::string> command;
  bool complete = true;
  int samples_asked = 0;
  std::string fingerprint;                   // its hash; empty where the file has none
  std::map<std::string, std::string> facts;  // of the fingerprint
  nlohmann::ordered_json json;               // the whole context as it stands in the file
};

struct results {
  std::string source;  // the file's name
  run_context context;
  std::vector<row> rows;  // raw samples; aggregates are left out and recomputed by who needs them
  std::vector<absent_cell> absent;
  // The file has only aggregates of some names: their median (or mean) stands in as one sample.
  bool from_aggregates = false;
};

inline constexpr int results_schema = 1;

// One line of warning where the run was slowed down on purpose, to try out a gate; else empty.
std::string slowdown_on_purpose(const run_context& context);

// Reads contend's results or any Google Benchmark JSON (1.5 and later). Throws results_error.
results read_results(const std::filesystem::path& file);
results parse_results(std::string_view text, const std::string& source);

// The rows of one name. Points into the results, which must outlive it unmoved and unchanged.
struct cell {
  std::string name, workload, model;
  parameters params;
  int workers = 0;
  std::vector<const row*> samples;    // what is to be reckoned with; see cells()
  std::vector<const row*> disturbed;  // flagged and therefore left out of `samples`
  std::vector<const row*> invalid;    // with an error

  bool valid() const { return invalid.empty() && !samples.empty(); }
  std::string cause() const;  // of the first error; empty where there is none
};

// Every name in the order of the file. Disturbed samples are left out of a cell's samples where as
// many others remain as an interval needs; otherwise all count, and the interval shows what they
// did.
std::vector<cell> cells(const results& from);

// What stands side by side: the cells of one workload, parameters and workers, one per model.
struct group {
  std::string workload;
  parameters params;
  int workers = 0;
  std::vector<cell> cells;
  std::vector<const absent_cell*> absent;

  const cell* find(std::string_view model) const;
  std::string title() const;  // "cpu/skynet leaves:10000 workers:2"
};

// The baselines `serial` and `floor` do not depend on the workers: they join every group of their
// workload and parameters that has none of its own. Contend's samples stand in a file in random
// order, so its groups are sorted, numbers as numbers; those of other projects stay as they are.
std::vector<group> groups(const results& from);

// A value of a row by its field's name: "time_ns", "cpu_ns" or a counter; nothing where it is
// missing.
std::optional<double> value_of(const row& sample, std::string_view field);
std::vector<double> values_of(const cell& of, std::string_view field);

}  // namespace reports
