#pragma once

#include <algorithm>
#include <cstdint>

#include "bench/contract/workload.hpp"
#include "workloads/far_side/load_client.hpp"

namespace workloads {

struct echo_size {
  long connections, idle, bytes, requests;
  bench::params describe() const;
};

// The client's side of an echo workload: a closed loop with one message in flight on each active
// connection.
class echo_load : public load_client {
 public:
  explicit echo_load(const echo_size& size) : size_{size} {}

  long connections() const { return size_.connections + size_.idle; }
  // One byte more than a message, and no less than a page: a short read says that nothing is left.
  std::size_t buffer_bytes() const {
    return static_cast<std::size_t>(std::max(size_.bytes + 1, 4'096L));
  }

  void connect_to(std::uint16_t port);
  long answer(int) { return finish(); }

 private:
  echo_size size_;
};

}  // namespace workloads
