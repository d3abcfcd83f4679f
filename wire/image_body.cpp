#include "wire/image_body.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <vector>

namespace wire {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;

// SplitMix64's numbers.
std::uint64_t random_number(std::uint64_t i) {
  std::uint64_t x = (i + 1) * 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

const std::vector<char>& block() {
  static const auto made = [] {
    std::vector<char> bytes(block_bytes);
    for (std::size_t at = 0; at < block_bytes; at += sizeof(std::uint64_t)) {
      const auto word = random_number(at);
      std::memcpy(bytes.data() + at, &word, sizeof word);
    }
    return bytes;
  }();
  return made;
}

// Takes "/<number>" off the end of `text`.
std::optional<std::uint64_t> take_last(std::string_view& text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) return {};
  std::uint64_t value = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + slash + 1, last, value);
  if (slash + 1 == text.size() || end != last || error != std::errc{}) return {};
  text = text.substr(0, slash);
  return value;
}

}  // namespace

std::optional<image> image_at(std::string_view target) {
  const auto bytes = take_last(target);
  const auto number = bytes ? take_last(target) : std::nullopt;
  if (!number || *bytes > max_image_bytes || !target.ends_with("/image")) return {};
  return image{*number, *bytes};
}

std::string target_of(const image& which) {
  return "/image/" + std::to_string(which.number) + "/" + std::to_string(which.bytes);
}

std::span<const char> bytes_of(const image& which, std::uint64_t offset) {
  if (offset >= which.bytes) return {};
  const auto start = (random_number(which.number) + offset) % block_bytes;
  return std::span{block()}.subspan(
      start, std::min<std::uint64_t>(block_bytes - start, which.bytes - offset));
}

void image_check::add(std::string_view piece) {
  while (right_ && !piece.empty()) {
    const auto want = bytes_of(image_, seen_);
    const auto n = std::min(piece.size(), want.size());
    right_ = n > 0 && std::memcmp(piece.data(), want.data(), n) == 0;
    piece.remove_prefix(n);
    seen_ += n;
  }
}

void stream_checksum::add(std::string_view piece) {
  constexpr std::uint64_t prime = 0x100000001b3U;
  const auto one = [&](char c) {
    const auto place = bytes_++ % 8;
    word_ |= static_cast<std::uint64_t>(static_cast<unsigned char>(c)) << (8 * place);
    if (place != 7) return;
    sum_ = (sum_ ^ word_) * prime;
    sum_ ^= sum_ >> 32;
    word_ = 0;
  };
  while (!piece.empty() && bytes_ % 8 != 0) {
    one(piece.front());
    piece.remove_prefix(1);
  }
  for (; piece.size() >= 8; piece.remove_prefix(8), bytes_ += 8) {
    std::uint64_t word = 0;
    for (int i = 0; i < 8; ++i)
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(piece[i])) << (8 * i);
    sum_ = (sum_ ^ word) * prime;
    sum_ ^= sum_ >> 32;
  }
  for (const char c : piece) one(c);
}

std::uint64_t stream_checksum::value() const {
  std::uint64_t x = (sum_ ^ word_ ^ bytes_) * 0xff51afd7ed558ccdU;
  return x ^ (x >> 33);
}

}  // namespace wire
