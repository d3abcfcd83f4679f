#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

enum class memory_policy { pooled, fresh };

// The knobs that every model has, the same for all; each is printed with the results.
struct settings {
  int workers = 2;  // contexts that execute on a CPU, for every model
  memory_policy memory =
      memory_policy::pooled;            // frames and stacks: recycled, or new for each task
  std::size_t stack_bytes = 64 * 1024;  // of a fiber; threads have the system's size
  int spin = 500;                       // looks for work before an idle worker sleeps
  long chunk = 0;                       // items a pool hands over at once; 0: ceil(n / 4 workers)
  long max_tasks_per_child = 0;         // before a pool's process is replaced; 0: never
  std::string engine = "epoll";         // how waiting for I/O is done
  std::string trigger = "edge";         // how epoll reports: by edge or by level
  int offload_threads = 4;              // for blocking calls of tasks that share their workers
  std::string offload_to = "threads";   // who makes them: threads, or a process for each
  std::string start_method = "fork";    // how pool processes start
  std::string slowdown;                 // on purpose: "cpu/hash:5%", see slowdown.hpp
  std::map<std::string, std::string> extra;  // a workload's own: image, save, ...
  std::map<std::string, std::vector<long>>
      sweeps;  // values of rows' parameters: leaves, tasks, ...
};

// One knob as `--set key=value` knows it.
struct knob {
  std::string key;
  std::string value;  // as it stands in some settings
  std::string about;  // one line, with the unit and the choices
};

// The models' knobs with their values in `s`, in a fixed order.
std::vector<knob> knobs(const settings& s);

// Sets one knob from text. Throws std::invalid_argument with one line that says what is wrong and
// what would be right; `extra_keys` are the workloads' own knobs, `parameters` those of their rows,
// which take a list: leaves=1000,10000.
void set(settings& s, std::string_view key, std::string_view value,
         const std::vector<knob>& extra_keys = {}, const std::vector<std::string>& parameters = {});

}  // namespace bench
