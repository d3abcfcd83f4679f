#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "bench/base/sanitizer.hpp"
#include "bench/measure/counting_new.hpp"
#include "bench/measure/memory_watch.hpp"
#include "bench/program/context.hpp"
#include "bench/program/harness.hpp"
#include "bench/program/observe.hpp"
#include "bench/program/options.hpp"

// The main of every bench_<family>: a Google Benchmark executable with a few options of ours.
int main(int argc, char** argv) try {
  if (argc >= 3 && argv[1] == std::string_view{bench::watch_flag})
    return bench::watch_memory(argv[2]);
  // A sanitizer starts a thread of its own with the first of ours; no model shall be blamed for it.
  if (bench::sanitized) std::jthread{[] {}}.join();
  benchmark::Initialize(&argc, argv, bench::print_help);
  const auto options = bench::parse(argc, argv);
  const auto cells = bench::all_cells(options);
  if (options.list) {
    auto list = bench::to_json(options, cells);
    list["build"] = bench::build_facts();
    fmt::print("{}\n", list.dump());
    return 0;
  }
  if (!options.observe.empty()) {
    for (const auto& cell : cells)
      if (cell.name() == options.observe && !cell.absent) {
        fmt::print("{}\n", bench::observe(cell, options.memory).dump());
        return 0;
      }
    throw std::invalid_argument{options.observe + ": no such cell; --list names them"};
  }
  const bench::details wanted{options.latencies, options.keep_warm_up};
  for (const auto& cell : cells) {
    if (cell.absent) continue;
    auto* row =
        benchmark::RegisterBenchmark(cell.name().c_str(), [cell, wanted](benchmark::State& state) {
          bench::run_cell(state, cell, wanted);
        })->UseManualTime();
    if (options.iterations > 0) row->Iterations(options.iterations);
  }
  bench::add_context(options);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return bench::any_invalid() ? 2 : 0;
} catch (const std::exception& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
