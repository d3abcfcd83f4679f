#include "bench/measure/histogram.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace bench {

static_assert(std::is_trivially_copyable_v<histogram>);

void histogram::merge(const histogram& other) noexcept {
  for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

std::int64_t histogram::percentile(double percent) const noexcept {
  if (count_ == 0) return 0;
  // The extremes are known exactly.
  if (!(percent > 0)) return min_;
  const double share = std::min(percent, 100.0) / 100;
  const auto rank = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))), 1, count_);
  if (rank == count_) return max_;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::clamp(middle_of(i), min_, max_);
  }
  return max_;
}

nlohmann::json histogram::to_json() const {
  auto filled = nlohmann::json::array();
  for (std::size_t i = 0; i < buckets; ++i)
    if (counts_[i] != 0) filled.push_back({lowest_of(i), counts_[i]});
  return {{"count", count_},
          {"min_ns", min()},
          {"max_ns", max()},
          {"sum_ns", sum_ns_},
          {"buckets", std::move(filled)}};
}

histogram histogram::from_json(const nlohmann::json& json) try {
  histogram h;
  for (const auto& pair : json.at("buckets")) {
    const auto lowest = pair.at(0).get<std::int64_t>();
    const auto times = pair.at(1).get<std::uint64_t>();
    if (lowest < 0 || lowest > limit || lowest_of(bucket_of(lowest)) != lowest || pair.size() != 2)
      throw std::invalid_argument{"no bucket begins at " + pair.at(0).dump() + " ns"};
    h.counts_[bucket_of(lowest)] += times;
    h.count_ += times;
  }
  if (h.count_ != json.at("count").get<std::uint64_t>())
    throw std::invalid_argument{"its buckets hold " + std::to_string(h.count_) + " in all, not " +
                                json.at("count").dump()};
  if (h.count_ == 0) return h;
  h.sum_ns_ = json.at("sum_ns").get<std::uint64_t>();
  h.min_ = json.at("min_ns").get<std::int64_t>();
  h.max_ = json.at("max_ns").get<std::int64_t>();
  if (h.min_ < 0 || h.min_ > h.max_ || h.max_ > limit || h.counts_[bucket_of(h.min_)] == 0 ||
      h.counts_[bucket_of(h.max_)] == 0)
    throw std::invalid_argument{"its extremes are not in its buckets"};
  return h;
} catch (const std::exception& e) {
  throw std::invalid_argument{std::string{"not a histogram: "} + e.what()};
}

}  // namespace bench
