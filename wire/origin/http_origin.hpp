#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <queue>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http.hpp"
#include "wire/image_body.hpp"
#include "wire/program.hpp"
#include "wire/sockets.hpp"

namespace wire::origin {

struct origin_options {
  std::int64_t latency_ns = 0;                // from a request's end to its answer's first byte
  std::uint64_t bytes_per_s = 0;              // of one connection; 0: unlimited
  std::uint64_t images = 100;                 // that the index lists; others are not found
  std::uint64_t image_bytes = 65536;          // size in the index
  std::int64_t patience_ns = 60'000'000'000;  // without a byte moving, until a connection is closed
};

// A single-threaded HTTP/1.1 server of images over epoll, edge-triggered. What a connection holds
// is bounded: one head, and a place in a body that is never stored.
class http_origin {
 public:
  http_origin(const origin_options& options, wire::listener& listener);

  // Serves until told to stop.
  void run(wire::stop_signals& signals);
  [[nodiscard]] std::uint64_t answered() const noexcept { return answered_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  enum class stage { reading, waiting, sending, lingering };

  struct connection {
    explicit connection(wire::unique_fd socket) : fd{std::move(socket)} {}
    wire::unique_fd fd;
    std::array<char, 4096> buffer;
    wire::http::reader reader{wire::http::kind::request, buffer, 64 * 1024};
    stage at = stage::reading;
    std::array<char, 256> head;
    std::string_view head_left, text_left;
    wire::image picture;
    std::uint64_t sent = 0;   // of the picture
    std::int64_t due = 0;     // the timer that counts; others are stale
    std::int64_t began = 0;   // sending the picture
    std::int64_t active = 0;  // when a byte last moved
    bool keep_alive = true, asks_head = false;
  };
  struct timer {
    std::int64_t due;
    int fd;
    bool operator>(const timer& other) const noexcept { return due > other.due; }
  };

  void accept_all();
  void advance(connection& c);
  bool read_request(connection& c);
  bool fill(connection& c);
  void answer(connection& c, const wire::http::head* asked, int status);
  bool send(connection& c);
  bool send_some(connection& c, std::string_view head, std::span<const char> body);
  std::uint64_t allowance(connection& c);
  bool finish(connection& c);
  bool linger(connection& c);
  void wake_at(connection& c, std::int64_t due);
  void fire_timers();
  void close_idle();
  void close(connection& c) { connections_[static_cast<std::size_t>(c.fd.get())].reset(); }

  origin_options options_;
  wire::listener& listener_;
  wire::unique_fd epoll_;
  std::string index_;
  std::vector<std::unique_ptr<connection>> connections_;  // by descriptor
  std::priority_queue<timer, std::vector<timer>, std::greater<>> timers_;
  std::int64_t now_ = 0, next_sweep_ = 0;
  std::uint64_t answered_ = 0, refused_ = 0;
};

}  // namespace wire::origin
