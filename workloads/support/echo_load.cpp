#include "workloads/support/echo_load.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace workloads {

bench::params echo_size::describe() const {
  bench::params p{{"connections", std::to_string(connections)}};
  if (idle != 0) p.emplace_back("idle", std::to_string(idle));
  p.emplace_back("bytes", std::to_string(bytes));
  p.emplace_back("requests", std::to_string(requests));
  return p;
}

void echo_load::connect_to(std::uint16_t port) {
  client_.emplace(
      "contend-load",
      std::vector<std::string>{
          fmt::format("--port={}", port), fmt::format("--size={}", size_.bytes),
          fmt::format("--connections={}", size_.connections), fmt::format("--idle={}", size_.idle),
          fmt::format("--requests={}", size_.requests), "--histograms", "--hold"});
  client_->await_ready();
}

long echo_load::answer(int) {
  const auto report = client_->result();
  client_.reset();
  if (!report.at("answered_once").get<bool>() || report.at("idle_lost").get<long>() != 0)
    throw std::runtime_error{fmt::format(
        "the client: {} of {} requests answered, errors {}", report.at("answered").get<long>(),
        report.at("sent").get<long>(), report.at("errors").dump())};
  latencies_ = bench::histogram::from_json(report.at("raw").at("histogram"));
  return report.at("answered").get<long>();
}

}  // namespace workloads
