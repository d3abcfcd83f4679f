#pragma once

#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/contract/io_result.hpp"
#include "bench/measure/recorder.hpp"
#include "wire/http.hpp"

namespace workloads {

// What is downloaded, from where to where, for all tasks: plain bytes in memory that they share.
struct download_plan {
  sockaddr_in address{};
  std::array<char, 64> host{};       // as the request names it
  std::array<char, 1'024> target{};  // of every download; empty: the images of contend-origin
  std::array<char, 256> folder{};    // where images are saved; empty: nowhere
  long images = 0, in_flight = 1, bytes = 0;
  long rounds = 0;  // of SHA-256 over each image; 0: a checksum
  bool keep_alive = true;
  bench::stopwatch* watches = nullptr;  // one for each image

  const sockaddr& origin() const { return reinterpret_cast<const sockaddr&>(address); }
  bool saves() const { return folder[0] != 0; }
  using path = std::array<char, 288>;
  path path_of(long number) const;
  std::string target_of(long number) const;
};

// 64 bits that depend on every byte of the `number`-th image, and on the number; after `rounds` of
// SHA-256, where there are any. The CPU's part of a download.
std::uint64_t digest_of(std::span<const std::byte> image, long number, long rounds);

// A task's downloads, one at a time: all of HTTP but the waiting. What goes wrong is thrown, with
// the cause.
class download {
 public:
  explicit download(const download_plan& plan) : plan_{&plan}, buffer_(16 << 10) {}

  // A new connection is there.
  void connected();
  // The connection may be asked for more.
  bool is_connected() const { return connected_; }
  // The request for the `number`-th image.
  std::span<const std::byte> ask(long number);
  // Its answer has not wholly come: read into `space()`, then say what came of it.
  bool wants_more() const { return !complete_; }
  std::span<std::byte> space() { return std::as_writable_bytes(reader_->space()); }
  void take(const bench::io_result& read);
  std::span<const std::byte> image() const { return std::as_bytes(std::span{image_}); }

 private:
  const download_plan* plan_;
  std::vector<char> buffer_, image_;
  std::optional<wire::http::reader> reader_;
  std::array<char, 2'048> request_{};
  bool connected_ = false, complete_ = true;
};

}  // namespace workloads
