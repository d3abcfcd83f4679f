#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "wire/load/plan.hpp"

namespace wire::load {
namespace {

constexpr double busy_share = 0.9, reached_share = 0.99;

double per_second(std::uint64_t n, std::int64_t ns) {
  return ns > 0 ? static_cast<double>(n) * 1e9 / static_cast<double>(ns) : 0;
}

double share(std::int64_t ns, const result& r) {
  return r.elapsed_ns > 0 ? static_cast<double>(ns) / static_cast<double>(r.elapsed_ns) : 0;
}

double offered_rate(const result& r) { return per_second(r.arrivals, r.arrivals_ns); }

// The last of a count of requests ends a latency after its arrival, however fast the server is.
double achieved_rate(const plan& p, const result& r) {
  const bool counted = p.rate > 0 && p.requests > 0;
  return per_second(r.completed, r.elapsed_ns - (counted ? r.raw.percentile(50) : 0));
}

nlohmann::ordered_json summary(const bench::histogram& h, bool whole) {
  nlohmann::ordered_json json{{"count", h.count()},
                              {"mean_ns", h.mean()},
                              {"min_ns", h.min()},
                              {"p50_ns", h.percentile(50)},
                              {"p90_ns", h.percentile(90)},
                              {"p99_ns", h.percentile(99)},
                              {"p999_ns", h.percentile(99.9)},
                              {"max_ns", h.max()}};
  if (whole) json["histogram"] = h.to_json();
  return json;
}

}  // namespace

std::vector<std::string> limits_of(const plan& p, const result& r) {
  std::vector<std::string> limits;
  const double busy = share(r.cpu_ns, r), queued = share(r.queued_ns, r);
  if (busy + queued > busy_share)
    limits.push_back(fmt::format(
        "the client is the limit, not the server: over {:.0f} % of the time it ran or waited for a "
        "processor",
        100 * busy_share));
  const double offered = offered_rate(r), achieved = achieved_rate(p, r);
  if (p.rate > 0 && achieved < reached_share * offered)
    limits.push_back(
        fmt::format("under {:.0f} % of the offered rate was achieved", 100 * reached_share));
  if (r.cut_short) limits.emplace_back("the run was cut short");
  return limits;
}

std::string to_json(const plan& p, const result& r, bool whole) {
  const bool open = p.rate > 0;
  nlohmann::ordered_json json{{"protocol", p.protocol == protocol::echo ? "echo" : "http"},
                              {"mode", !open       ? "closed"
                                       : p.poisson ? "poisson"
                                                   : "constant"},
                              {"connections", p.connections},
                              {"idle", p.idle},
                              {"pipeline", p.pipeline}};
  if (p.protocol == protocol::echo)
    json["size"] = p.size;
  else
    json["target"] = p.target;
  json["elapsed_ns"] = r.elapsed_ns;
  json["achieved_per_second"] = achieved_rate(p, r);
  if (open) json["offered_per_second"] = offered_rate(r);
  json["client_cpu_share"] = share(r.cpu_ns, r);
  json["client_queued_share"] = share(r.queued_ns, r);
  json["limits"] = limits_of(p, r);
  json["answered_once"] = r.answered_once();
  json["sent"] = r.sent;
  json["answered"] = r.answered;
  json["unsent"] = r.unsent;
  json["idle_lost"] = r.idle_lost;
  json["errors"] = r.errors;
  if (p.server != 0) {
    json["server_bytes_before"] = r.server_bytes_before;
    json["server_bytes"] = r.server_bytes;
  }
  // A closed loop intends nothing: a stalled server is not sent what would have waited.
  if (open) json["corrected"] = summary(r.corrected, whole);
  json["raw"] = summary(r.raw, whole);
  if (open) json["lag"] = summary(r.lag, whole);
  return json.dump(whole ? -1 : 2);
}

}  // namespace wire::load
