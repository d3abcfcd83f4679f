#include "reports/read/latency.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "reports/read/results.hpp"

namespace reports {
namespace {

using nlohmann::ordered_json;

constexpr std::array<std::string_view, 5> percentiles = {"p50_ns", "p90_ns", "p99_ns", "p999_ns",
                                                         "p9999_ns"};
constexpr double largest_ns = 1e15;

double number_in(const ordered_json& from, const char* key) {
  auto found = from.find(key);
  return found != from.end() && found->is_number() ? found->get<double>() : -1;
}

double middle_of(double lowest_ns) {
  const int bits = std::bit_width(static_cast<std::uint64_t>(lowest_ns));
  return lowest_ns + std::floor(std::ldexp(1, std::max(0, bits - 7)) / 2);
}

// Where the events of this rank, from 1 on, begin to be.
std::size_t bucket_of_rank(const std::vector<double>& counts, double rank) {
  double seen = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if ((seen += counts[i]) >= rank) return i;
  return counts.size() - 1;
}

double rank_of(double share, double count) {
  return std::clamp(std::ceil(share * count), 1.0, count);
}

// The samples' counts over the buckets of all of them together.
std::vector<std::vector<double>> counts_on(const std::vector<latency_histogram::bucket>& grid,
                                           const cell& of) {
  std::vector<std::vector<double>> out;
  for (const row* each : of.samples) {
    auto& counts = out.emplace_back(grid.size(), 0.0);
    std::size_t at = 0;
    for (const auto& [lowest_ns, count] : each->latencies->buckets()) {
      while (grid[at].lowest_ns < lowest_ns) ++at;
      counts[at] = count;
    }
  }
  return out;
}

// What each percentile is in resamples of the samples.
void add_intervals(std::vector<latency_at>& curve, const latency_histogram& all, const cell& of) {
  constexpr int resamples = 400;
  const auto samples = counts_on(all.buckets(), of);
  std::mt19937_64 random{1};
  std::vector<std::vector<double>> found(curve.size());
  std::vector<double> drawn;
  for (int i = 0; i < resamples; ++i) {
    drawn.assign(all.buckets().size(), 0);
    double count = 0;
    for (std::size_t k = 0; k < samples.size(); ++k) {
      const auto& one = samples[random() % samples.size()];
      for (std::size_t b = 0; b < drawn.size(); ++b) {
        drawn[b] += one[b];
        count += one[b];
      }
    }
    for (std::size_t c = 0; c < curve.size(); ++c) {
      const auto at = bucket_of_rank(drawn, rank_of(*share_of(curve[c].field), count));
      found[c].push_back(
          std::clamp(middle_of(all.buckets()[at].lowest_ns), all.min_ns(), all.max_ns()));
    }
  }
  for (std::size_t c = 0; c < curve.size(); ++c) {
    std::ranges::sort(found[c]);
    const auto tail = static_cast<std::size_t>((1 - confidence) / 2 * resamples);
    curve[c].value.range = {found[c][tail], found[c][resamples - 1 - tail]};
  }
}

}  // namespace

std::optional<latency_histogram> latency_histogram::read(const ordered_json& from) {
  if (!from.is_object() || !from.contains("buckets") || !from["buckets"].is_array()) return {};
  latency_histogram out;
  for (const ordered_json& each : from["buckets"]) {
    if (!each.is_array() || each.size() != 2 || !each[0].is_number() || !each[1].is_number())
      return {};
    const bucket one{each[0].get<double>(), each[1].get<double>()};
    const double least = out.buckets_.empty() ? 0 : out.buckets_.back().lowest_ns + 1;
    if (!(one.lowest_ns >= least && one.lowest_ns <= largest_ns && one.count > 0)) return {};
    out.buckets_.push_back(one);
    out.count_ += one.count;
  }
  out.min_ns_ = number_in(from, "min_ns");
  out.max_ns_ = number_in(from, "max_ns");
  if (out.count_ == 0 || out.count_ != number_in(from, "count") || out.min_ns_ < 0 ||
      !(out.max_ns_ >= out.min_ns_))
    return {};
  return out;
}

void latency_histogram::merge(const latency_histogram& other) {
  if (other.count_ == 0) return;
  std::vector<bucket> both;
  both.reserve(buckets_.size() + other.buckets_.size());
  std::ranges::merge(buckets_, other.buckets_, std::back_inserter(both), {}, &bucket::lowest_ns,
                     &bucket::lowest_ns);
  std::vector<bucket> out;
  for (const bucket& each : both)
    if (!out.empty() && out.back().lowest_ns == each.lowest_ns)
      out.back().count += each.count;
    else
      out.push_back(each);
  min_ns_ = count_ == 0 ? other.min_ns_ : std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
  count_ += other.count_;
  buckets_ = std::move(out);
}

double latency_histogram::percentile(double share) const {
  if (buckets_.empty()) return 0;
  const double rank = rank_of(share, count_);
  if (rank == count_) return max_ns_;
  std::vector<double> counts;
  for (const bucket& each : buckets_) counts.push_back(each.count);
  return std::clamp(middle_of(buckets_[bucket_of_rank(counts, rank)].lowest_ns), min_ns_, max_ns_);
}

bool latency_histogram::knows(double share) const {
  return std::round(count_ * (1 - share) * 1e6) >= 10 * 1e6;
}

std::optional<double> share_of(std::string_view field) {
  if (field.size() < 5 || field.size() > 12 || field[0] != 'p' || !field.ends_with("_ns") ||
      field.find_first_not_of("0123456789", 1) != field.size() - 3)
    return {};
  return std::stod("0." + std::string(field.substr(1, field.size() - 4)));
}

std::optional<latency_histogram> latencies_of(const cell& of) {
  latency_histogram out;
  for (const row* each : of.samples) {
    if (!each->latencies) return {};
    out.merge(*each->latencies);
  }
  return out.count() > 0 ? std::optional(std::move(out)) : std::nullopt;
}

std::vector<latency_at> latency_curve(const cell& of) {
  std::vector<latency_at> out;
  const auto all = latencies_of(of);
  if (!all) return out;
  for (std::string_view field : percentiles)
    if (const double share = *share_of(field); all->knows(share))
      out.push_back({std::string(field), {all->percentile(share), {}, of.samples.size()}});
  if (of.samples.size() >= fewest_for_interval) add_intervals(out, *all, of);
  out.push_back({"max_ns", {all->max_ns(), {}, of.samples.size()}});
  return out;
}

}  // namespace reports
