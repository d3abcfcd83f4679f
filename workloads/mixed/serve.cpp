// contend-serve: the server of mixed/serve by hand, for curl, wrk and browsers, until it is
// stopped.
#include "workloads/mixed/serve.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "all_models.hpp"
#include "bench/base/arguments.hpp"
#include "bench/base/limits.hpp"
#include "bench/base/nearest.hpp"
#include "bench/base/timer_slack.hpp"

namespace {

using workloads::serve;

struct options {
  std::string model = "coroutines";
  std::uint16_t port = 8080;
  long connections = 256, wait_us = 0, patience_ms = 10'000;
  workloads::serve_plan plan{.for_ever = true};
  bench::settings settings;
};

template <class M>
void serve_by(const options& o) {
  if constexpr (bench::runs<serve, M>) {
    const bench::demand asked{.tasks = o.connections, .live = o.connections + 1};
    if (const auto why = M::cannot(asked, o.settings)) throw std::runtime_error{*why};
    M m{o.settings};
    serve::setup<M> state{m, o.plan, o.connections, o.port};
    fmt::print("{} on http://127.0.0.1:{}/\n", M::name, state.listener.port());
    std::fflush(stdout);
    m.run(bench::fn<&bench::body_of<serve, M>::type::template run<M>>, state);
  } else {
    throw std::runtime_error{
        fmt::format("--model {}: cannot serve: {}", M::name, bench::why_not<serve, M>())};
  }
}

template <class... M>
void serve_by_any(bench::model_list<M...>, const options& o) {
  const bool found = ((M::name == std::string_view{o.model} && (serve_by<M>(o), true)) || ...);
  if (found) return;
  throw std::invalid_argument{fmt::format("--model {}: no such model; {}", o.model,
                                          bench::did_you_mean(o.model, {std::string{M::name}...}))};
}

options parse(int argc, char** argv) {
  options o;
  std::vector<std::string> sets;
  bench::arguments all{
      "The HTTP server of mixed/serve on 127.0.0.1, under any model, until it is stopped. Answers\n"
      "GET with the target's SHA-256 in hexadecimal digits.",
      "contend-serve"};
  all.add("--model,-m", o.model, "Whose tasks attend to the connections").shows_default();
  all.add("--port,-p", o.port, "To listen on; 0 for a free one").shows_default();
  all.add("--workers", o.settings.workers, "Contexts that execute on a CPU")
      .shows_default()
      .between(1, 1'024);
  all.add("--connections", o.connections, "Most at one time; others wait their turn")
      .shows_default()
      .between(1L, std::max(1L, bench::most_descriptors() - 64));
  all.add("--wait-us", o.wait_us, "What the handler waits before it answers, microseconds")
      .shows_default()
      .between(0L, 60'000'000L);
  all.add("--rounds", o.plan.rounds, "Of SHA-256 that it computes")
      .shows_default()
      .between(1L, 100'000'000L);
  all.add("--patience-ms", o.patience_ms, "With a peer that neither sends nor reads")
      .shows_default()
      .between(1L, 3'600'000L);
  all.add("--set", sets, "A setting, key=value; `contend list` names them");
  if (!all.parse(argc, argv)) std::exit(0);
  for (const auto& text : sets) {
    const auto equals = text.find('=');
    if (equals == std::string::npos)
      throw std::invalid_argument{fmt::format("--set {}: wants key=value", text)};
    bench::set(o.settings, text.substr(0, equals), text.substr(equals + 1));
  }
  o.plan.wait_ns = o.wait_us * 1'000;
  o.plan.patience_ns = o.patience_ms * 1'000'000;
  return o;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto o = parse(argc, argv);
  bench::set_timer_slack();
  serve_by_any(models::all{}, o);
} catch (const std::exception& e) {
  fmt::print(stderr, "contend-serve: {}\n", bench::what_failed(e));
  return 1;
}
