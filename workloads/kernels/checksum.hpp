#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

namespace workloads {

// The finaliser of MurmurHash3's 64-bit form: a permutation that spreads every bit over all.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdU;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53U;
  return x ^ (x >> 33);
}

// The `i`-th of a fixed sequence of random numbers (SplitMix64's): what workloads fill their data
// with.
constexpr std::uint64_t random_number(std::uint64_t i) {
  return mixed((i + 1) * 0x9e3779b97f4a7c15U);
}

// 64 bits that depend on every byte of `values` and its place. For comparing answers, not for
// secrets.
template <class T>
std::uint64_t checksum(std::span<T> values) {
  const auto bytes = std::as_bytes(values);
  std::uint64_t sum = bytes.size();
  for (std::size_t at = 0; at < bytes.size(); at += sizeof sum) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof word, bytes.size() - at));
    sum = (sum ^ word) * 0x9e3779b97f4a7c15U;
    sum ^= sum >> 32;
  }
  return mixed(sum);
}

}  // namespace workloads
