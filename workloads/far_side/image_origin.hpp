#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bench/base/companion.hpp"
#include "bench/contract/workload.hpp"
#include "workloads/far_side/download.hpp"

namespace workloads {

// How much is downloaded, and how.
struct fetch_size {
  long images, in_flight, bytes, latency_ms, bytes_per_s;
  bool keep_alive;
  long rounds = 0;
  std::string origin{};  // the URL of every download, in place of contend-origin's images

  bench::params describe() const;
};

// The URL that the user has set, checked; empty where there is none. Throws std::invalid_argument.
std::string origin_of(const bench::settings& s);

// Where the images of a run come from: contend-origin, started for it with its latency and
// bandwidth, or the server that the size names.
class image_origin {
 public:
  explicit image_origin(const fetch_size& size);
  // All of a plan but where it saves to and what times it.
  const download_plan& plan() const { return plan_; }

 private:
  std::optional<bench::companion> process_;
  download_plan plan_;
};

// The sum of all images' digests, from the images themselves where contend-origin has them, else
// from a download by HTTP/1.0 and plain system calls.
std::uint64_t expected_sum(const fetch_size& size);

// The sum of the digests of what has been saved. Throws std::runtime_error where an image is
// missing.
std::uint64_t saved_sum(const download_plan& plan);

}  // namespace workloads
