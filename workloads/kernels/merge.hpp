#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace workloads {

// Two sorted neighbours: [data, data + left) and [data + left, data + size).
struct runs {
  const std::uint64_t* data = nullptr;
  std::size_t left = 0;
  std::size_t size = 0;
};

// How many of the first `at` elements of the merged sequence come from the left run; equal elements
// are taken from the left first. Odeh et al., "Merge Path" (2012), by binary search.
inline std::size_t from_left(const runs& r, std::size_t at) {
  const std::size_t right = r.size - r.left;
  std::size_t low = at > right ? at - right : 0;
  std::size_t high = std::min(at, r.left);
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (r.data[r.left + at - middle - 1] < r.data[middle]) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Writes elements [first, last) of the merged sequence to out[first, last): pieces of one merge may
// be written by several tasks.
[[gnu::noinline]] inline void merge_piece(const runs& r, std::uint64_t* out, std::size_t first,
                                          std::size_t last) {
  const std::size_t left_first = from_left(r, first);
  const std::size_t left_last = from_left(r, last);
  const std::uint64_t* left = r.data + left_first;
  const std::uint64_t* const left_end = r.data + left_last;
  const std::uint64_t* right = r.data + r.left + (first - left_first);
  const std::uint64_t* const right_end = r.data + r.left + (last - left_last);
  out += first;
  // Random data makes the choice unpredictable: selected, not branched on.
  while (left != left_end && right != right_end) {
    const std::uint64_t from_left_run = *left;
    const std::uint64_t from_right_run = *right;
    const bool take_right = from_right_run < from_left_run;
    *out++ = take_right ? from_right_run : from_left_run;
    right += take_right;
    left += !take_right;
  }
  out = std::copy(left, left_end, out);
  std::copy(right, right_end, out);
}

}  // namespace workloads
