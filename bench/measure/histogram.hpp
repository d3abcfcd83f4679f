#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace bench {

// Counts of durations in nanoseconds, in log-linear buckets after the idea of Gil Tene's
// HdrHistogram: every power of two is cut into equal parts, so that a bucket's middle is within
// 0.8 % of each duration it counts, up to `limit`. Longer ones are counted as `limit`, negative
// ones as 0. Plain bytes: it may lie in memory that processes share. One writer at a time.
class histogram {
 public:
  static constexpr std::int64_t limit = (std::int64_t{1} << 37) - 1;  // 137 s

  // Constant time, no allocation.
  void record(std::int64_t ns, std::uint64_t times = 1) noexcept {
    if (times == 0) return;
    ns = std::clamp<std::int64_t>(ns, 0, limit);
    counts_[bucket_of(ns)] += times;
    count_ += times;
    sum_ns_ += static_cast<std::uint64_t>(ns) * times;
    min_ = std::min(min_, ns);
    max_ = std::max(max_, ns);
  }

  void merge(const histogram& other) noexcept;
  void clear() noexcept { *this = {}; }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  // The exact extremes and the mean of what was recorded; 0 where nothing was.
  [[nodiscard]] std::int64_t min() const noexcept { return count_ ? min_ : 0; }
  [[nodiscard]] std::int64_t max() const noexcept { return max_; }
  [[nodiscard]] double mean() const noexcept {
    return count_ ? static_cast<double>(sum_ns_) / static_cast<double>(count_) : 0;
  }

  // The duration that `percent` of the recorded ones do not exceed (nearest rank), within 0.8 %;
  // 0 where nothing was recorded. `percent` is held within 0 and 100.
  [[nodiscard]] std::int64_t percentile(double percent) const noexcept;

  // {"count", "min_ns", "max_ns", "sum_ns", "buckets": [[lowest ns, count], ...]}, empty buckets
  // left out; `from_json` restores it. Throws std::invalid_argument on anything else.
  [[nodiscard]] nlohmann::json to_json() const;
  static histogram from_json(const nlohmann::json& json);

  bool operator==(const histogram&) const = default;

 private:
  static constexpr int part_bits = 6;  // 64 parts of a power of two
  static constexpr std::size_t parts = std::size_t{1} << part_bits;
  static constexpr std::size_t buckets = (37 - part_bits + 1) * parts;

  // The first 64 buckets hold one duration each; then each 64 cover a power of two.
  static constexpr std::size_t bucket_of(std::int64_t ns) noexcept {
    const auto value = static_cast<std::uint64_t>(ns);
    const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - 1 - part_bits);
    return (static_cast<std::size_t>(shift) << part_bits) + (value >> shift);
  }
  static constexpr int shift_of(std::size_t bucket) noexcept {
    return std::max(0, static_cast<int>(bucket >> part_bits) - 1);
  }
  static constexpr std::int64_t lowest_of(std::size_t bucket) noexcept {
    const int shift = shift_of(bucket);
    return static_cast<std::int64_t>(bucket - (static_cast<std::size_t>(shift) << part_bits))
           << shift;
  }
  static constexpr std::int64_t middle_of(std::size_t bucket) noexcept {
    return lowest_of(bucket) + (std::int64_t{1} << shift_of(bucket)) / 2;
  }

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ns_ = 0;  // of 584 years at most
  std::int64_t min_ = limit;
  std::int64_t max_ = 0;
};

}  // namespace bench
