#pragma once

#include <cstdint>

#include "bench/contract/workload.hpp"
#include "workloads/far_side/load_client.hpp"
#include "workloads/far_side/web_session.hpp"

namespace workloads {

struct serve_size {
  long connections = 0;
  long rate = 0;  // requests a second in all; 0: closed loop
  long wait_us = 0, rounds = 1, requests = 0;

  bench::params describe() const;
  serve_plan plan() const { return {.wait_ns = wait_us * 1'000, .rounds = rounds}; }
};

// The client's side of the HTTP server, if it has one: requests on connections that are kept, whose
// answers it knows beforehand.
class serve_load : public load_client {
 public:
  void connect_to(std::uint16_t port);
  void go() {
    if (size.requests > 0) load_client::go();
  }
  long answer(int) { return finish(); }

  serve_size size{};
};

}  // namespace workloads
