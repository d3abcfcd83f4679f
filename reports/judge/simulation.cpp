#include "reports/judge/simulation.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "reports/judge/judgement.hpp"

namespace reports {
namespace {

constexpr int rows_of_a_run = 40, slowed_rows = 8;

class maker {
 public:
  explicit maker(const simulation& how) : how_{how}, random_{how.seed}, episode_{how.episodes} {}

  std::vector<measured_change> look(bool changes) {
    std::vector<measured_change> rows;
    for (int i = 0; i < rows_of_a_run; ++i) rows.push_back(row(i, changes ? effect_of(i) : 1));
    return rows;
  }

 private:
  static double effect_of(int row) {
    if (row < slowed_rows) return 1.08;
    if (row < slowed_rows + 4) return 1 / 1.08;
    return row < slowed_rows + 8 ? 1.03 : 1;
  }

  measured_change row(int number, double effect) {
    measured_change out;
    out.name = fmt::format("{}", number);
    out.field = "time_ns";
    out.paired = true;
    for (int i = 0; i < how_.pairs; ++i) {
      const double drift = 0.2 * normal_(random_);
      out.base.push_back(value(drift));
      out.head.push_back(effect * value(drift));
    }
    return out;
  }

  double value(double drift) {
    const double slow = episode_(random_) ? 0.5 : 0;
    return std::exp(drift + slow + how_.noise * normal_(random_));
  }

  const simulation& how_;
  std::mt19937_64 random_;
  std::bernoulli_distribution episode_;
  std::normal_distribution<double> normal_;
};

struct counted {
  int named = 0, truly = 0;
};

counted regressions(const std::vector<judgement>& rows) {
  counted out;
  for (int i = 0; i < rows_of_a_run; ++i) {
    if (rows[static_cast<std::size_t>(i)].result != change::regressed) continue;
    ++out.named;
    out.truly += i < slowed_rows;
  }
  return out;
}

double false_share(const counted& of) {
  return of.named == 0 ? 0 : (of.named - of.truly) / static_cast<double>(of.named);
}

// Both looks at one made-up change: what the first and what the second names.
std::array<counted, 2> both_looks(maker& make, bool changes) {
  const auto first = judge(make.look(changes));
  auto again = make.look(changes);
  std::vector<measured_change> flagged;
  for (std::size_t i = 0; i < first.size(); ++i)
    if (is_changed(first[i])) flagged.push_back(std::move(again[i]));
  return {regressions(first), regressions(confirmed(first, judge(flagged)))};
}

}  // namespace

simulated simulate_gate(const simulation& how) {
  maker make{how};
  simulated out;
  for (; out.runs < how.runs; ++out.runs) {
    const auto [first, second] = both_looks(make, true);
    out.slowed += slowed_rows;
    out.caught_at_first += static_cast<std::size_t>(first.truly);
    out.caught_confirmed += static_cast<std::size_t>(second.truly);
    out.false_at_first += false_share(first) / how.runs;
    out.false_confirmed += false_share(second) / how.runs;
    const auto [alarm, believed] = both_looks(make, false);
    out.alarms_at_first += alarm.named > 0;
    out.alarms_confirmed += believed.named > 0;
  }
  return out;
}

}  // namespace reports
