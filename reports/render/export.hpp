#pragma once

#include <string>

#include "reports/read/results.hpp"

namespace reports {

// For github-action-benchmark with `tool: customSmallerIsBetter`: one entry per valid cell and
// judged field; invalid cells are left out, because that tool would plot their zeros.
std::string export_github_action_benchmark(const results& from);

// Bencher Metric Format, for `bencher run --adapter json`: medians with their intervals as bounds.
std::string export_bencher(const results& from);

// A line per sample, raw: RFC 4180, all counters as columns; empty where a sample has none.
std::string export_csv(const results& from);

}  // namespace reports
