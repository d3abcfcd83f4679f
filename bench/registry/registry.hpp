#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/contract/size.hpp"
#include "bench/contract/workload.hpp"
#include "bench/measure/histogram.hpp"

namespace bench {

// One run of a cell: how long it took, and what was wrong with it. An empty `error` means that the
// answer was checked and right; only then may `ns` be used.
struct outcome {
  double ns = 0;
  std::string error;
  std::shared_ptr<const histogram> latencies{};  // of what the workload times, where it does
  std::map<std::string, double> counters{};      // further ones of its own, the unit in the name
  std::string note{};  // what keeps the numbers from being the model's, such as a busy client
};

// What the error of one that is wrong says.
std::string ran_only(long ran, long asked);
std::string wrong_answer(std::string_view answer, std::string_view expected);

// A cell brought to life: the model is built and the set-up done. `run` may be called again and
// again.
class program {
 public:
  virtual ~program() = default;
  virtual outcome run() = 0;
};

// One workload, at one size, under one model. A cell that cannot be has `absent` set, and no
// `start`.
struct cell {
  std::string workload;  // "cpu/skynet"
  std::string model;     // "fibers"; "fibers@io_uring" where engines stand side by side
  bool uses_engine = false;
  params size{};
  std::size_t workers = 1;
  long tasks = 0;
  std::optional<std::string> absent{};
  double slowdown = 0;  // on purpose, as a share of each run
  std::function<std::unique_ptr<program>()> start{};
  std::function<std::unique_ptr<program>()> start_smallest{};  // the same cell at its smallest size

  std::string name() const;  // "cpu/skynet/coroutines/leaves:1000/workers:2"
};

// What stands in a workload's table: a model as far as the workload needs to know it, or a floor.
struct column {
  std::string_view model;
  bool uses_engine = false;
  bool parallel = false;
  // A floor's own. Another than epoll's is there only where the settings ask for that engine.
  std::string_view engine{};
  // Null where nothing rules the cell out, or where it cannot be (then `start` is null).
  std::optional<std::string> (*absent)(const demand&, const settings&) = nullptr;
  std::unique_ptr<program> (*start)(any_size&, const settings&, double slowdown) = nullptr;
};

// What a workload's file says of itself.
struct workload_entry {
  std::string name;  // "cpu/skynet"
  std::string about;
  std::vector<knob> knobs;          // its own settings
  std::string_view file;            // its text, where the registration has it
  std::span<const column> columns;  // floors first
  std::vector<std::shared_ptr<any_size>> (*sizes)(profile, const settings&);

  std::vector<cell> cells(profile, const settings&) const;
  std::vector<std::string> parameters() const;  // of its rows, in their order
};
struct model_entry {
  std::string name;
  std::string about;
};

// Filled before `main` by one generated file per workload and one for the models.
std::vector<workload_entry>& workloads();
std::vector<model_entry>& models();
void add(workload_entry);
void add(std::string_view model, std::string_view about);

}  // namespace bench
