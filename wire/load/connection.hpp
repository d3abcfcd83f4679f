#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http.hpp"
#include "wire/image_body.hpp"
#include "wire/load/plan.hpp"
#include "wire/sockets.hpp"

namespace wire::load {

// When a request was to be sent, and when it was.
struct stamp {
  std::int64_t intended = 0, sent = 0;
};

// What every answer of an HTTP run must be: what the plan says, the origin's image where the target
// names one, otherwise the same as the first answer.
struct expected_body {
  std::optional<wire::image> picture;
  std::optional<std::uint64_t> checksum;
};

// What has come over a connection: whole answers, and why nothing more will come.
struct received {
  std::uint64_t answers = 0;
  std::string error;     // empty: none
  bool drained = false;  // by the peer, between two answers, as it said it would
};

// One connection of the load: makes requests, and checks the answers against them.
class connection {
 public:
  // `number` tells its messages from the others'.
  connection(const plan& p, std::uint64_t number, const std::string& request,
             expected_body& expected);

  // Connects; throws std::system_error with the cause. What was in flight is forgotten.
  void open();
  void close() { fd_.reset(); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool is_open() const { return static_cast<bool>(fd_); }

  // Appends a request to what will be sent.
  void start(const stamp& s);
  // Sends what it can; an error is one that ends the connection.
  std::string flush();
  // Reads until the socket is empty, checking every byte; `closing`: until the peer's end as well.
  received receive(std::vector<char>& buffer, bool closing);

  [[nodiscard]] std::size_t in_flight() const { return stamps_.size(); }
  [[nodiscard]] const stamp& oldest() const { return stamps_.front(); }
  void forget_oldest() { stamps_.pop_front(); }
  void forget_all() { stamps_.clear(); }

 private:
  void check_echo(std::string_view bytes, received& got);
  void check_http(received& got);
  void check_answer(received& got);

  const plan& plan_;
  std::uint64_t number_;
  const std::string& request_;
  expected_body& expected_;
  wire::unique_fd fd_;
  std::string out_;
  std::size_t out_at_ = 0;
  std::deque<stamp> stamps_;  // of requests without an answer
  std::uint64_t started_ = 0, answered_ = 0;
  std::uint64_t offset_ = 0;  // within the message that is coming back
  std::vector<char> buffer_;  // of the HTTP reader
  std::optional<wire::http::reader> reader_;
  std::optional<wire::image_check> picture_;
  wire::stream_checksum checksum_;
};

}  // namespace wire::load
