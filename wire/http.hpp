#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

// HTTP/1.0 and 1.1 as RFC 9112 has them, without sockets: who has the bytes feeds them in, whatever
// his way to wait. The same parser for every workload, origin and load generator; it allocates
// nothing and holds no more than the buffer that it was given.
namespace wire::http {

enum class kind { request, response };

enum class event {
  more,    // read into `space()`, then say how much with `filled()`
  head,    // `head()` is complete
  body,    // `body()` holds further bytes of the body
  end,     // the message is complete; the next call begins the next message
  closed,  // the peer closed between two messages
  error,   // see `error()`; nothing more can be read
};

enum class problem {
  none,
  malformed,            // not HTTP, or ambiguous about where the message ends
  head_too_large,       // does not fit into the buffer
  body_too_large,       // more than the limit
  unsupported_version,  // not HTTP/1
  unsupported_coding,   // a transfer coding other than chunked
  truncated,            // the peer closed amid a message
};

// The status with which a server answers `p`, 0 for none.
int status_of(problem p) noexcept;

// A message's head. Its views last until the reader's next `space()`.
struct head {
  std::string_view method, target;  // of a request
  int status = 0;                   // of a response
  int minor_version = 1;            // of HTTP/1
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> length;  // of the body, where the head says it
  std::string_view fields;              // all lines between the first and the empty one

  // The value of the first field of that name, whatever its case; empty where there is none.
  [[nodiscard]] std::string_view field(std::string_view name) const noexcept;
};

// Reads messages of one kind from a stream of bytes, however they are cut:
//   while ((e = reader.next()) == event::more) reader.filled(read(fd, reader.space()));
class reader {
 public:
  static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

  // A head must fit into `buffer`, of 256 bytes at least, and a body into `max_body`.
  reader(kind k, std::span<char> buffer, std::uint64_t max_body = unlimited) noexcept
      : kind_{k}, buffer_{buffer}, max_body_{max_body} {}

  // Interim responses (1xx) are passed over. After `error` it says `error` for ever.
  event next() noexcept;
  // Where to read to; never empty after `more`.
  std::span<char> space() noexcept;
  // `n` bytes have come into `space()`; 0: the peer will send no more.
  void filled(std::size_t n) noexcept;
  // The next response answers a HEAD request: it has no body, whatever its head says.
  void expect_no_body() noexcept { no_body_ = true; }

  [[nodiscard]] const wire::http::head& head() const noexcept { return head_; }
  [[nodiscard]] std::string_view body() const noexcept { return body_; }
  [[nodiscard]] problem error() const noexcept { return error_; }
  // Nothing of a next message has come yet.
  [[nodiscard]] bool between_messages() const noexcept;

 private:
  enum class stage {
    first_line,
    fields,
    sized,
    until_close,
    chunk_size,
    chunk,
    chunk_end,
    trailers,
    end,
    failed,
  };
  enum class line_state { complete, partial, bad };

  line_state take_line(std::string_view& line) noexcept;
  event advance() noexcept;
  event line_missing() noexcept;
  event read_body() noexcept;
  event fail(problem p) noexcept;
  bool parse_line(std::string_view line) noexcept;
  bool parse_version(std::string_view text) noexcept;
  bool parse_request_line(std::string_view line) noexcept;
  bool parse_status_line(std::string_view line) noexcept;
  bool parse_field(std::string_view line) noexcept;
  bool parse_connection(std::string_view value) noexcept;
  bool parse_chunk_size(std::string_view line) noexcept;
  bool end_of_head() noexcept;
  bool skip_empty_line() noexcept;
  [[nodiscard]] bool head_has_no_body() const noexcept;
  bool reject(problem p) noexcept {
    error_ = p;
    return false;
  }

  kind kind_;
  std::span<char> buffer_;
  std::uint64_t max_body_;
  // buffer_[keep_, cursor_) is a head's parsed part, [cursor_, end_) is unread, and no line ends
  // before scanned_.
  std::size_t keep_ = 0, cursor_ = 0, scanned_ = 0, end_ = 0;
  std::size_t fields_at_ = 0;      // after keep_
  std::uint64_t remaining_ = 0;    // of the body or chunk
  std::uint64_t body_bytes_ = 0;   // so far
  std::size_t trailer_bytes_ = 0;  // chunk-size lines included
  stage stage_ = stage::first_line;
  problem error_ = problem::none;
  wire::http::head head_;
  std::string_view body_;
  int hosts_ = 0;
  std::size_t method_size_ = 0;
  bool closed_ = false, no_body_ = false, coded_ = false;
  bool says_close_ = false, says_keep_alive_ = false;
};

// The head of a response with a body of `length` bytes, written into `out`: what of `out` it fills,
// or nothing where it does not fit (200 bytes always do).
std::string_view write_response(std::span<char> out, int status, std::uint64_t length,
                                bool keep_alive,
                                std::string_view type = "application/octet-stream") noexcept;

// A GET request, written into `out`, or nothing where it does not fit.
std::string_view write_request(std::span<char> out, std::string_view host, std::string_view target,
                               bool keep_alive) noexcept;

}  // namespace wire::http
