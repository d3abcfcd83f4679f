#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/base/companion.hpp"
#include "bench/measure/histogram.hpp"

namespace workloads {

// The client's side of a workload that serves: contend-load, connected and told to wait before the
// clock starts, and its report after it has stopped.
class load_client {
 public:
  // `arguments` are contend-load's, the port apart.
  void connect_to(std::uint16_t port, std::vector<std::string> arguments);
  void go() { client_->go(); }
  bool has_weighed() const { return bytes_per_connection_.has_value(); }
  // How many requests were answered, each once and rightly. Throws with the first reason if one was
  // not.
  long finish();

  // Of the last run, as the client has seen it: from the intended send times where it had a rate.
  const bench::histogram& latencies() const { return latencies_; }
  // The rates, what share of the time the client ran, the memory that a connection holds where it
  // was asked for, and, where there was a rate, the latency from the real send times: what a closed
  // loop would have shown.
  const std::map<std::string, double>& counters() const { return counters_; }
  // What kept the numbers from being the server's; empty where nothing did.
  const std::string& note() const { return note_; }

 private:
  void read(const nlohmann::json& report);

  std::optional<bench::companion> client_;
  bench::histogram latencies_;
  std::map<std::string, double> counters_;
  std::optional<double> bytes_per_connection_;
  std::string note_;
};

}  // namespace workloads
