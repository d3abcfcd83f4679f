#include "reports/judge/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/base/text.hpp"
#include "reports/judge/significance.hpp"

namespace reports {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

std::vector<double> logarithms(const std::vector<double>& values, double floor, double shift = 0) {
  std::vector<double> out;
  out.reserve(values.size());
  for (double value : values) out.push_back(std::log(std::max(value, floor)) - shift);
  return out;
}

std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b,
                                double shift) {
  std::vector<double> out;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) out.push_back(a[i] - b[i] - shift);
  return out;
}

bool usable(const std::vector<double>& values, double floor) {
  return !values.empty() && std::ranges::all_of(values, [&](double value) {
    return std::isfinite(value) && std::max(value, floor) > 0;
  });
}

// What is known of a row before the others are looked at.
struct tested {
  judgement so_far;
  bool judgeable = false;
  double slower = 1, faster = 1;  // p of a change beyond the threshold
  double error = 0, degrees = 1;  // of the location of the log ratio
  double least_p = 1;             // that so few samples can reach
};

tested test(const measured_change& row) {
  tested out;
  judgement& made = out.so_far;
  made.name = row.name;
  made.field = row.field;
  made.paired = row.paired;
  made.required = row.required;
  made.threshold = row.threshold;
  made.base = median(row.base);
  made.head = median(row.head);
  made.base_samples = row.base.size();
  made.head_samples = row.head.size();
  made.detectable = made.flagged_from = infinite;
  made.effect.value = std::numeric_limits<double>::quiet_NaN();
  made.reason = row.obstacle;
  if (!made.reason.empty()) return out;
  if (!usable(row.base, row.floor) || !usable(row.head, row.floor)) {
    made.reason = "it has values that are not positive";
    return out;
  }
  if (row.paired && row.base.size() != row.head.size()) {
    made.reason = "its pairs are not complete";
    return out;
  }
  out.judgeable = true;
  const double margin = std::log1p(row.threshold);
  const auto base = logarithms(row.base, row.floor), head = logarithms(row.head, row.floor);
  std::vector<double> clamped_base, clamped_head;
  for (double value : row.base) clamped_base.push_back(std::max(value, row.floor));
  for (double value : row.head) clamped_head.push_back(std::max(value, row.floor));
  if (row.paired) {
    made.effect = paired_ratio(clamped_head, clamped_base);
    out.slower = clipped_sign_flip_test(differences(head, base, margin));
    out.faster = clipped_sign_flip_test(differences(base, head, margin));
    out.error = location_error(differences(head, base, 0));
    out.degrees = base.size() - 1.0;
    out.least_p = least_sign_flip_p(base.size());
  } else {
    made.effect = unpaired_ratio(clamped_head, clamped_base);
    out.slower = rank_sum_test(logarithms(row.head, row.floor, margin), base);
    out.faster = rank_sum_test(logarithms(row.base, row.floor, margin), head);
    out.error = location_error(head, base);
    out.degrees = base.size() + head.size() - 2.0;
    out.least_p = least_rank_sum_p(base.size(), head.size());
  }
  return out;
}

std::size_t samples_needed(bool paired, double level) {
  std::size_t n = 1;
  while ((paired ? least_sign_flip_p(n) : least_rank_sum_p(n, n)) > level) ++n;
  return n;
}

std::string as_percent(double share) { return fmt::format("{:.2g} %", share * 100); }

// Not found changed: is that because it did not change?
void settle(judgement& made, const tested& known, std::size_t rows) {
  const double level = discovery_rate / rows;  // what a single change among these rows must reach
  const double magnitude = std::max(made.effect.value, 1 / made.effect.value) - 1;
  if (known.least_p > level) {
    made.reason = fmt::format("too few samples: {} {}, {} needed to judge {} {}",
                              std::min(made.base_samples, made.head_samples),
                              made.paired ? "pairs" : "a side", samples_needed(made.paired, level),
                              rows, rows == 1 ? "value" : "values together");
    return;
  }
  made.detectable = std::expm1(smallest_detectable(known.error, known.degrees, level));
  made.flagged_from = (1 + made.threshold) * (1 + made.detectable) - 1;
  if (made.detectable > made.threshold)
    made.reason =
        fmt::format("too noisy: only {} or more could have been told from none, {} matters",
                    as_percent(made.detectable), as_percent(made.threshold));
  else if (magnitude > made.threshold)
    made.reason = fmt::format("{} is beyond {}, but not surely", change_text(made.effect.value),
                              as_percent(made.threshold));
  else
    made.result = change::unchanged;
}

}  // namespace

std::string_view to_string(change result) {
  switch (result) {
    case change::regressed:
      return "regressed";
    case change::improved:
      return "improved";
    case change::unchanged:
      return "unchanged";
    case change::cannot_judge:
      break;
  }
  return "cannot judge";
}

std::vector<judgement> judge(const std::vector<measured_change>& rows) {
  std::vector<tested> all;
  std::vector<double> slower, faster;
  for (const measured_change& row : rows) {
    all.push_back(test(row));
    if (!all.back().judgeable) continue;
    slower.push_back(all.back().slower);
    faster.push_back(all.back().faster);
  }
  const auto slower_q = false_discovery_rates(slower), faster_q = false_discovery_rates(faster);
  std::vector<judgement> out;
  std::size_t at = 0;
  for (const tested& known : all) {
    judgement& made = out.emplace_back(known.so_far);
    if (!known.judgeable) continue;
    const bool up = made.effect.value >= 1;
    made.p = up ? known.slower : known.faster;
    made.q = up ? slower_q[at] : faster_q[at];
    ++at;
    settle(made, known, slower.size());
    if (made.q > discovery_rate) continue;
    made.result = up ? change::regressed : change::improved;
    made.reason.clear();
  }
  return out;
}

std::vector<judgement> confirmed(std::vector<judgement> first,
                                 const std::vector<judgement>& second) {
  for (judgement& made : first) {
    if (!is_changed(made)) continue;
    auto again = std::ranges::find_if(second, [&](const judgement& other) {
      return other.name == made.name && other.field == made.field;
    });
    if (again == second.end()) continue;
    const bool same = again->result == made.result;
    std::string note = same ? fmt::format("seen twice, at first {}", change_text(made.effect.value))
                            : fmt::format("{} at first ({}), not confirmed", to_string(made.result),
                                          change_text(made.effect.value));
    if (!same && !again->reason.empty()) note += "; " + again->reason;
    made = *again;
    made.reason = note;
  }
  return first;
}

bool is_changed(const judgement& row) {
  return row.result == change::regressed || row.result == change::improved;
}

std::size_t pairs_needed(std::size_t values) {
  return samples_needed(true, discovery_rate / static_cast<double>(values));
}

int exit_status_of(const std::vector<judgement>& all) {
  if (std::ranges::find(all, change::regressed, &judgement::result) != all.end()) return 2;
  bool open = std::ranges::any_of(all, [](const judgement& each) {
    return each.required && each.result == change::cannot_judge;
  });
  return open ? 3 : 0;
}

}  // namespace reports
