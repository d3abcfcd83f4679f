#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bench/contract/io_result.hpp"
#include "wire/http.hpp"

namespace workloads {

// What an HTTP server of ours does with a request: plain bytes in memory that its tasks share.
struct serve_plan {
  std::int64_t wait_ns = 0;                   // for somebody else's answer
  long rounds = 1;                            // of SHA-256 over the target
  bool for_ever = false;                      // who has closed a connection accepts another one
  std::int64_t patience_ns = 10'000'000'000;  // with a peer that neither sends nor reads
};

// The server's answer: the target's SHA-256 of so many rounds, as text. The CPU's part of a
// request.
using web_answer = std::array<char, 65>;
web_answer answer_to(std::string_view target, long rounds);

// One connection of the server: all of HTTP but the waiting. What a peer can make it hold and do is
// bounded: one head, a body that is dropped, and so many pieces of a request; who exceeds that, or
// sends what is no request, gets an answer and is closed.
class web_session {
 public:
  web_session() = default;
  web_session(const web_session&) = delete;

  // Looks for the next request in what has come.
  void begin() { parse(); }
  // No request has wholly come: read into `space()`, then say what came of it.
  bool wants_bytes() const { return state_ == state::reading; }
  std::span<std::byte> space() { return std::as_writable_bytes(reader_.space()); }
  void take(const bench::io_result& read);

  // The connection has ended, and nobody waits for an answer.
  bool is_over() const { return state_ == state::over; }
  // There is a request to answer; if not, `reply` refuses what has come.
  bool has_request() const { return state_ == state::request; }
  std::string_view target() const { return target_; }
  void answer(const web_answer& text);

  // What to send now.
  std::span<const std::byte> reply() const {
    return std::as_bytes(std::span{out_.data(), out_bytes_});
  }
  // It has been sent: whether another request may come.
  bool sent(const bench::io_result& write);

  // Closing a socket with unread bytes would take the answer from the peer: they are read first, as
  // long as this wants more.
  bool lingers() const { return lingers_ > 0; }
  std::span<std::byte> scrap() { return std::as_writable_bytes(std::span{buffer_}); }
  void drop(const bench::io_result& read) { lingers_ = read && read.value > 0 ? lingers_ - 1 : 0; }

 private:
  enum class state : std::uint8_t { reading, request, refused, over };

  void parse();
  void refuse(int status, bool keep_alive = false);
  void reply_with(int status, std::string_view body, bool keep_alive);

  static constexpr std::uint64_t most_body = 16 << 10;
  static constexpr int most_pieces = 64;  // of one request
  static constexpr int most_scrap = 64;   // reads of a peer that was refused

  std::array<char, 4'096> buffer_;
  wire::http::reader reader_{wire::http::kind::request, buffer_, most_body};
  std::string target_;
  std::array<char, 512> out_;
  std::size_t out_bytes_ = 0;
  int pieces_ = 0, lingers_ = 0;
  state state_ = state::reading;
  bool keep_alive_ = true, head_only_ = false, allowed_ = true;
};

}  // namespace workloads
