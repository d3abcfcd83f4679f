#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wire {

// A picture on the origin, as far as the network knows one: /image/<number>/<bytes>. Its bytes
// follow from this alone, so that every reader can check them.
struct image {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  bool operator==(const image&) const = default;
};

inline constexpr std::uint64_t max_image_bytes = std::uint64_t{1} << 30;

// The image that a target or URL names at its end, if it names one.
std::optional<image> image_at(std::string_view target);
std::string target_of(const image& which);

// The image's bytes from `offset` on, as many as lie in one piece; empty at its end. They are a
// turn of one 256 KiB block of random numbers, and stay for ever.
std::span<const char> bytes_of(const image& which, std::uint64_t offset);

// Compares an image's bytes with those that come, in pieces of any size.
class image_check {
 public:
  explicit image_check(const image& which) : image_{which} {}
  void add(std::string_view piece);
  // All of it has come, and nothing else.
  [[nodiscard]] bool right() const { return right_ && seen_ == image_.bytes; }

 private:
  image image_;
  std::uint64_t seen_ = 0;
  bool right_ = true;
};

// 64 bits that depend on every byte and its place, for bodies that come in pieces (FNV-1a over
// 8-byte words). For comparing, not for secrets.
class stream_checksum {
 public:
  void add(std::string_view piece);
  [[nodiscard]] std::uint64_t value() const;

 private:
  std::uint64_t sum_ = 0xcbf29ce484222325U, word_ = 0, bytes_ = 0;
};

}  // namespace wire
