#include "bench/command/gate/pair_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "bench/command/gate/pair_plan.hpp"
#include "bench/command/sample/progress.hpp"
#include "bench/command/sample/run_context.hpp"
#include "bench/command/sample/sample.hpp"
#include "bench/measure/clock.hpp"

namespace command {
namespace {

double seconds_since(std::int64_t start_ns) {
  return 1e-9 * static_cast<double>(bench::now_ns() - start_ns);
}

// The progress bar goes by cells; to it, the two sides of one are two.
std::vector<planned> for_progress(const std::vector<half>& plan) {
  std::vector<planned> out;
  for (const auto& each : plan) out.push_back({2 * each.cell + (each.head ? 1 : 0), each.pair});
  return out;
}

class measurement {
 public:
  measurement(const contender& base, const contender& head, const pairing& how,
              result_file& base_results, result_file& head_results, interrupts& interrupts)
      : sides_{&base, &head},
        how_{how},
        files_{&base_results, &head_results},
        interrupts_{interrupts},
        length_{how.min_time_s},
        plan_{plan_pairs(how.cells.size(), how.pairs, how.seed)},
        seconds_of_cells_(how.cells.size()),
        start_ns_{bench::now_ns()} {}

  paired run() {
    const auto shown = for_progress(plan_);
    progress bar{shown, 2 * how_.cells.size(), how_.quiet};
    double shortest_block_s = std::numeric_limits<double>::infinity(), block_began_s = 0;
    std::size_t done = 0;
    for (; done < plan_.size() && !(interrupted_ |= interrupts_.arrived()); ++done) {
      const auto& next = plan_[done];
      if (done > 0 && next.pair / 2 != plan_[done - 1].pair / 2) {
        const double now_s = seconds_since(start_ns_);
        shortest_block_s = std::min(shortest_block_s, now_s - std::exchange(block_began_s, now_s));
        // The shortest, so that one stall does not end a run that has time left.
        if (how_.budget_s && now_s + shortest_block_s > *how_.budget_s) break;
        if (how_.budget_s && now_s * plan_.size() / done > *how_.budget_s)
          bar.time_left(*how_.budget_s - now_s);
      }
      const double took = is_broken(next) ? 0 : take(next, bar);
      if (interrupted_) break;
      bar.end(shown[done], took, false);
    }
    const int taken = done < plan_.size() ? plan_[done].pair / 2 * 2 : how_.pairs;
    return {taken, seconds_since(start_ns_), interrupted_, std::move(seconds_of_cells_)};
  }

 private:
  // The pair itself is finished, so that either side is known.
  bool is_broken(const half& next) const {
    const auto found = broken_.find(next.cell);
    return found != broken_.end() && found->second != next.pair;
  }

  double take(const half& next, progress& bar) {
    const auto& cell = how_.cells[next.cell];
    const auto& side = *sides_[next.head ? 1 : 0];
    const planned which{next.head ? cell.head : cell.base, next.pair};
    bar.begin(which, fmt::format("{} {}", next.head ? "HEAD" : "BASE", cell.name));
    const sampling settings{.samples = how_.pairs,
                            .length = length_,
                            .timeout_s = how_.timeout_s,
                            .tick = [&] { bar.draw(); },
                            .observed_blocks = how_.observed,
                            .observe_memory = false};
    const auto began_ns = bench::now_ns();
    const auto s = take_sample(side.all, which, settings, interrupts_);
    if (interrupted_ |= s.interrupted) return 0;
    auto& file = *files_[next.head ? 1 : 0];
    add_binary_context(file.context, s.context);
    file.add(s.row);
    file.write_if_due();
    if (s.invalid) {
      broken_.emplace(next.cell, next.pair);
      bar.say(fmt::format("{}: {}: {}", next.head ? "HEAD" : "BASE", cell.name,
                          s.row.at("error_message").get<std::string>()));
    }
    return seconds_of_cells_[next.cell].emplace_back(seconds_since(began_ns));
  }

  const contender* sides_[2];
  const pairing& how_;
  result_file* files_[2];
  interrupts& interrupts_;
  calibration length_;  // the same for both sides
  std::vector<half> plan_;
  std::map<std::size_t, int> broken_;  // by cell: the pair in which it was found invalid
  std::vector<std::vector<double>> seconds_of_cells_;
  bool interrupted_ = false;
  std::int64_t start_ns_;
};

}  // namespace

paired take_pairs(const contender& base, const contender& head, const pairing& how,
                  result_file& base_results, result_file& head_results, interrupts& interrupts) {
  return measurement{base, head, how, base_results, head_results, interrupts}.run();
}

}  // namespace command
