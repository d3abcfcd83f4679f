#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "bench/histogram.hpp"
#include "bench/peer_process.hpp"
#include "bench/workload.hpp"

namespace workloads {

struct echo_size {
  long connections, idle, bytes, requests;
  bench::params describe() const;
};

// The client's side of an echo workload: contend-load, connected and told to wait before the clock
// starts, and its report after it has stopped.
class echo_load {
 public:
  explicit echo_load(const echo_size& size) : size_{size} {}

  long connections() const { return size_.connections + size_.idle; }
  // One byte more than a message, and no less than a page: a short read says that nothing is left.
  std::size_t buffer_bytes() const {
    return static_cast<std::size_t>(std::max(size_.bytes + 1, 4'096L));
  }

  void connect_to(std::uint16_t port);
  void go() { client_->go(); }
  // How many requests were answered, each once and with its own bytes. Throws with the first reason
  // if one was not.
  long answer(int served);
  const bench::histogram& latencies() const { return latencies_; }

 private:
  echo_size size_;
  std::optional<bench::peer_process> client_;
  bench::histogram latencies_;
};

}  // namespace workloads
