#include "workloads/far_side/echo_load.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace workloads {

bench::params echo_size::describe() const {
  bench::params p{{"connections", std::to_string(connections)}};
  if (idle != 0) p.emplace_back("idle", std::to_string(idle));
  p.emplace_back("bytes", std::to_string(bytes));
  p.emplace_back("requests", std::to_string(requests));
  return p;
}

void echo_load::connect_to(std::uint16_t port) {
  std::vector<std::string> arguments{
      fmt::format("--size={}", size_.bytes), fmt::format("--connections={}", size_.connections),
      fmt::format("--idle={}", size_.idle), fmt::format("--requests={}", size_.requests)};
  // Once, in the run that warms up: it takes its time.
  if (size_.idle > 0 && !has_weighed())
    arguments.push_back(fmt::format("--server-memory={}", ::getpid()));
  load_client::connect_to(port, std::move(arguments));
}

}  // namespace workloads
