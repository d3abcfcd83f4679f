#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "wire/load/generator.hpp"
#include "wire/load/plan.hpp"
#include "wire/options.hpp"

namespace {

using namespace wire;

struct options {
  load::plan plan;
  pid_t parent = 0;
  bool whole = false, hold = false;
};

void add_options(bench::arguments& to, options& o) {
  auto& p = o.plan;
  to.add_read(
        "--protocol",
        [&p](const std::string& name) {
          p.protocol = name == "http" ? load::protocol::http : load::protocol::echo;
        },
        "echo (default), or http for GET requests")
      .one_of({"echo", "http"});
  to.add("--port", p.port, "the server's port on 127.0.0.1").required();
  wire::add_bytes(to, "--size", p.size, "of an echoed message (default 64)");
  to.add("--target", p.target, "of GET requests (default /)");
  to.add("--expect", p.expected,
         "the body of each answer (default: the origin's image where the target names one, "
         "else that of the first answer)");
  to.flag("!--no-keep-alive", p.keep_alive, "a connection for each request");
  to.add("--connections", p.connections, "active ones (default 1)").between(1, 60'000);
  to.add("--idle", p.idle, "further connections, on which nothing is sent").between(0, 60'000);
  to.add("--server-memory", p.server,
         "report the memory of this process and its descendants, before and under load")
      .type_name("PID")
      .positive();
  to.add("--pipeline", p.pipeline, "requests in flight on a connection (default 1)")
      .between(1, 1'000);
  to.add("--rate", p.rate,
         "requests a second, whatever the answers do; 0: the next request when an answer "
         "has come (default)")
      .between_numbers(0, 1e8);
  to.flag("--poisson", p.poisson, "random arrivals in place of constant intervals");
  to.add("--seed", p.seed, "of the random arrivals (default 1)");
  wire::add_duration(to, "--warmup", p.warmup_ns, "not measured (default 0s)");
  const auto duration =
      wire::add_duration(to, "--duration", p.duration_ns, "measured (default 1s)");
  to.add("--requests", p.requests, "measured, in place of a duration").excludes(duration);
  wire::add_duration(to, "--timeout", p.timeout_ns, "of a request (default 10s)");
  to.add("--max-errors", p.max_errors, "then the run ends (default 1000)");
  to.flag("--histograms", o.whole, "one line of JSON, with the histograms' buckets");
  to.flag("--hold", o.hold,
          "connect, print `ready`, and begin when a line or the end comes on standard input; idle "
          "connections are opened then");
  wire::add_parent(to, o.parent);
}

void check(const load::plan& p) {
  if (p.size == 0 || p.size > 16 * 1024 * 1024)
    throw std::invalid_argument{"--size: wants 1 to 16MiB"};
  if (p.target.empty() || p.target.front() != '/' || p.target.size() > 2048 ||
      p.target.find_first_of(" \t\r\n") != std::string::npos)
    throw std::invalid_argument{"--target: wants a path of at most 2048 bytes, as in /image/1/64"};
  if (!p.keep_alive && p.pipeline > 1) throw std::invalid_argument{"--pipeline: wants keep-alive"};
  if (p.poisson && p.rate == 0) throw std::invalid_argument{"--poisson: wants a --rate"};
  const auto limit = wire::raise_descriptor_limit();
  constexpr std::uint64_t own = 16;
  const auto wanted =
      static_cast<std::uint64_t>(p.connections) + static_cast<std::uint64_t>(p.idle);
  if (wanted + own > limit)
    throw std::invalid_argument{
        fmt::format("{} connections: the limit of descriptors is {} (ulimit -n)", wanted, limit)};
}

}  // namespace

// contend-load: makes requests at a known rate, checks every answer, and tells how long each took.
int main(int argc, char** argv) try {
  options o;
  bench::arguments all{
      "Load for an echo or HTTP server on 127.0.0.1, from one thread. Prints one JSON object.\n"
      "Exit status: 0 every request was answered, rightly and once; 2 not; 1 wrong usage."};
  add_options(all, o);
  if (!all.parse(argc, argv)) return 0;
  check(o.plan);
  wire::stop_signals signals{o.parent};
  load::generator generator{o.plan, signals};
  if (o.hold) {
    fmt::print("ready\n");
    std::fflush(stdout);
    for (int c = 0; c != '\n' && c != EOF;) c = std::getchar();
  }
  const auto result = generator.run();
  fmt::print("{}\n", load::to_json(o.plan, result, o.whole));
  return result.answered_once() && !result.cut_short ? 0 : 2;
} catch (const std::exception& e) {
  fmt::print(stderr, "contend-load: {}\n", e.what());
  return 1;
}
