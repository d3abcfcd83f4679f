#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure/histogram.hpp"

namespace wire::load {

enum class protocol { echo, http };

// What load to make.
struct plan {
  load::protocol protocol = protocol::echo;
  std::uint16_t port = 0;
  std::uint64_t size = 64;              // bytes of an echoed message
  std::string target = "/";             // of GET requests
  std::optional<std::string> expected;  // the body of each answer
  bool keep_alive = true;               // false: a connection for each request
  int connections = 1;
  int idle = 0;          // further connections on which nothing is sent
  pid_t server = 0;      // whose memory is reported; 0: nobody's
  int pipeline = 1;      // requests in flight on one connection
  double rate = 0;       // requests a second, open loop; 0: closed loop
  bool poisson = false;  // arrivals, else at constant intervals
  std::uint64_t seed = 1;
  std::int64_t warmup_ns = 0;
  std::int64_t duration_ns = 1'000'000'000;
  std::uint64_t requests = 0;                // measured ones, instead of a duration; 0: no count
  std::int64_t timeout_ns = 10'000'000'000;  // of a request
  std::uint64_t max_errors = 1'000;          // then the run ends
};

// What came of it. `intended` is when the plan wanted a request sent: an open loop's arrival. All
// but `sent`, `answered` and `errors` are of the measured window, after the warm-up.
struct result {
  std::uint64_t sent = 0, answered = 0;  // in all, warm-up included
  std::uint64_t completed = 0;           // answers that came within the window
  std::uint64_t arrivals = 0;            // that were due in the window (open loop)
  std::uint64_t unsent = 0;              // of them, never sent: no connection was free in time
  std::uint64_t idle_lost = 0;
  std::int64_t server_bytes_before = 0;  // before the first connection is served
  std::int64_t server_bytes = 0;         // with all connections open, after the last answer
  std::int64_t elapsed_ns = 0;
  std::int64_t arrivals_ns = 0;  // within it, those of a count have arrived
  std::int64_t cpu_ns = 0;       // of this process
  std::int64_t queued_ns = 0;    // it could have run, but had no processor
  bench::histogram raw;          // from the send to the answer
  bench::histogram corrected;    // from `intended` to the answer; unsent ones to the window's end
  bench::histogram lag;          // from `intended` to the send
  std::map<std::string, std::uint64_t> errors;  // requests or connections, by kind
  bool cut_short = false;                       // by errors or a signal

  // Every request that was sent was answered, rightly and once.
  [[nodiscard]] bool answered_once() const { return sent == answered && errors.empty(); }
};

// One JSON object; the histograms' buckets only where `whole`.
std::string to_json(const plan& p, const result& r, bool whole);

// What keeps the numbers from being the server's: the client too busy, the rate not reached.
std::vector<std::string> limits_of(const plan& p, const result& r);

}  // namespace wire::load
