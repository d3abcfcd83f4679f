#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bench/base/process_cost.hpp"

namespace bench {

// The far side of a workload, origin or load generator, as a process of its own: a program from the
// folder of the running one, on the processors that the measured process does not use, where there
// are any. It ends with this object or with this process, whichever is first. What it costs is not
// counted among the measured process's costs.
class companion {
 public:
  // Throws std::system_error if it cannot be started.
  companion(const std::string& program, std::vector<std::string> arguments);
  ~companion();
  companion(const companion&) = delete;
  companion& operator=(const companion&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  // The next line it prints. Throws std::runtime_error with what it complained about if it ends
  // first or prints nothing for 30 s.
  std::string line();
  // The port it announces with its first line, `port <number>`.
  std::uint16_t port();
  // Waits until it has printed `ready`, as contend-load --hold does.
  void await_ready();
  // Ends that hold. Takes no time worth measuring.
  void go() noexcept;
  // What it prints until it ends, as JSON; `wait_s` at most. It is not reaped before `stop`.
  nlohmann::json result(int wait_s = 120);
  // Asks it to end, kills it after 2 s, and reaps it.
  void stop() noexcept;

 private:
  [[noreturn]] void fail(const std::string& what) const;
  bool read_more(int timeout_ms);

  std::string program_;
  pid_t pid_ = -1;
  int in_ = -1, out_ = -1, complaints_ = -1;
  std::string text_;  // printed, and not taken yet
};

// Of the peers that were reaped so far, as RUSAGE_CHILDREN has counted them.
cost reaped_companions();
// Whether `pid` is a peer that has not been reaped.
bool is_companion(pid_t pid);

}  // namespace bench
