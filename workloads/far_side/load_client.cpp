#include "workloads/far_side/load_client.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace workloads {

void load_client::connect_to(std::uint16_t port, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {fmt::format("--port={}", port), "--histograms", "--hold"});
  client_.emplace("contend-load", std::move(arguments));
  client_->await_ready();
}

long load_client::finish() {
  const auto report = client_->result();
  client_.reset();
  const auto answered = report.at("answered").get<long>();
  if (!report.at("answered_once").get<bool>() || report.at("unsent").get<long>() != 0)
    throw std::runtime_error{fmt::format("the client: {} of {} requests answered, errors {}",
                                         answered, report.at("sent").get<long>(),
                                         report.at("errors").dump())};
  read(report);
  return answered;
}

void load_client::read(const nlohmann::json& report) {
  const bool open = report.contains("corrected");
  latencies_ = bench::histogram::from_json(report.at(open ? "corrected" : "raw").at("histogram"));
  counters_ = {{"requests_per_second", report.at("achieved_per_second")},
               {"client_cpu_share", report.at("client_cpu_share")},
               {"client_queued_share", report.at("client_queued_share")}};
  if (open) {
    counters_["offered_per_second"] = report.at("offered_per_second");
    counters_["uncorrected_p99_ns"] = report.at("raw").at("p99_ns");
    counters_["uncorrected_max_ns"] = report.at("raw").at("max_ns");
  }
  if (report.contains("server_bytes")) {
    const auto held = report.at("connections").get<double>() + report.at("idle").get<double>();
    bytes_per_connection_ =
        (report.at("server_bytes").get<double>() - report.at("server_bytes_before").get<double>()) /
        held;
  }
  if (bytes_per_connection_) counters_["bytes_per_connection"] = *bytes_per_connection_;
  note_ = fmt::format("{}", fmt::join(report.at("limits").get<std::vector<std::string>>(), "; "));
}

}  // namespace workloads
