#include "bench/command/pair_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "bench/clock.hpp"
#include "bench/command/pair_plan.hpp"
#include "bench/command/progress.hpp"
#include "bench/command/run_context.hpp"
#include "bench/command/sample.hpp"

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
        plan_{plan_pairs(how.cells.size(), how.pairs, how.seed)},
        start_ns_{bench::now_ns()} {}

  paired run() {
    int fits = how_.pairs;
    const std::size_t first_block = std::min(plan_.size(), 4 * how_.cells.size());
    measure_to(first_block);
    if (!interrupted_ && done_ < plan_.size()) {
      const double each_s = seconds_since(start_ns_) / 2;
      fits = std::clamp(static_cast<int>(how_.budget_s / each_s), 2, how_.pairs);
      plan_ = plan_pairs(how_.cells.size(), fits, how_.seed);
      measure_to(plan_.size());
    }
    const int taken = done_ < plan_.size() ? plan_[done_].pair / 2 * 2 : fits;
    return {taken, seconds_since(start_ns_), interrupted_};
  }

 private:
  void measure_to(std::size_t end) {
    const auto shown = for_progress(plan_);
    progress bar{shown, 2 * how_.cells.size(), how_.quiet};
    for (std::size_t i = 0; i < done_; ++i) bar.end(shown[i], seconds_[i], false);
    for (; done_ < end && !(interrupted_ |= interrupts_.arrived()); ++done_) {
      // The machine may have become slower since the first block. A block is finished.
      const bool begins_block = done_ > 0 && plan_[done_].pair / 2 != plan_[done_ - 1].pair / 2;
      if (begins_block && seconds_since(start_ns_) > 1.15 * how_.budget_s) return;
      const double took = is_broken(plan_[done_]) ? 0 : take(plan_[done_], bar);
      if (interrupted_) return;
      seconds_.push_back(took);
      bar.end(shown[done_], took, false);
    }
  }

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
    const sampling settings{how_.pairs, how_.min_time_s, how_.timeout_s, [&] { bar.draw(); }};
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
    return s.seconds;
  }

  const contender* sides_[2];
  const pairing& how_;
  result_file* files_[2];
  interrupts& interrupts_;
  std::vector<half> plan_;
  std::vector<double> seconds_;
  std::map<std::size_t, int> broken_;  // by cell: the pair in which it was found invalid
  std::size_t done_ = 0;
  bool interrupted_ = false;
  std::int64_t start_ns_;
};

}  // namespace

paired take_pairs(const contender& base, const contender& head, const pairing& how,
                  result_file& base_results, result_file& head_results, interrupts& interrupts) {
  return measurement{base, head, how, base_results, head_results, interrupts}.run();
}

}  // namespace command
