#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/base/statistics.hpp"

namespace reports {

struct cell;

// Durations counted in buckets, as a row carries them: the lowest of each bucket and how many it
// counts. Each power of two is cut into 64, and up to 64 ns each has a bucket of its own.
class latency_histogram {
 public:
  struct bucket {
    double lowest_ns, count;
  };

  // Nothing where it is not one: its buckets must ascend, and hold as many as it says.
  static std::optional<latency_histogram> read(const nlohmann::ordered_json& from);

  void merge(const latency_histogram& other);

  const std::vector<bucket>& buckets() const { return buckets_; }
  double count() const { return count_; }
  double min_ns() const { return min_ns_; }
  double max_ns() const { return max_ns_; }

  // The duration that this share of the events does not exceed (nearest rank), within 0.8 %.
  double percentile(double share) const;
  // Whether at least ten events lie beyond it; a percentile of fewer is chance.
  bool knows(double share) const;

 private:
  std::vector<bucket> buckets_;
  double count_ = 0, min_ns_ = 0, max_ns_ = 0;
};

// "p999_ns" is 0.999; nothing of another field.
std::optional<double> share_of(std::string_view field);

// The events of all samples of a cell; nothing where one of them has none.
std::optional<latency_histogram> latencies_of(const cell& of);

// A cell's latencies from p50_ns to p9999_ns, as far as it knows them, and max_ns. The percentiles
// are of all its samples' events together; their 95 % interval resamples the samples, which are
// what is independent (a bootstrap of clusters, seeded: Davison and Hinkley 1997, ch. 3.8).
struct latency_at {
  std::string field;
  estimate value;
};
std::vector<latency_at> latency_curve(const cell& of);

}  // namespace reports
