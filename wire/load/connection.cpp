#include "wire/load/connection.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace wire::load {
namespace {

constexpr std::size_t http_buffer = 16 * 1024;

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

connection::connection(const plan& p, std::uint64_t number, const std::string& request,
                       expected_body& expected)
    : plan_{p},
      number_{number << 40},
      request_{request},
      expected_{expected},
      buffer_(p.protocol == protocol::http ? http_buffer : 0) {}

void connection::open() {
  fd_ = wire::connect_to(plan_.port);
  out_.clear();
  stamps_.clear();
  out_at_ = offset_ = 0;
  answered_ = started_;
  if (plan_.protocol == protocol::http) reader_.emplace(wire::http::kind::response, buffer_);
}

void connection::start(const stamp& s) {
  stamps_.push_back(s);
  const auto message = started_++;
  if (plan_.protocol == protocol::http) {
    out_ += request_;
    return;
  }
  const wire::image bytes{number_ + message, plan_.size};
  for (std::uint64_t at = 0; at < plan_.size;) {
    const auto piece = wire::bytes_of(bytes, at);
    out_.append(piece.data(), piece.size());
    at += piece.size();
  }
}

std::string connection::flush() {
  while (out_at_ < out_.size()) {
    const auto n = ::send(fd(), out_.data() + out_at_, out_.size() - out_at_, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN ? "" : "send: " + reason(errno);
    out_at_ += static_cast<std::size_t>(n);
  }
  out_.clear();
  out_at_ = 0;
  return {};
}

received connection::receive(std::vector<char>& buffer, bool closing) {
  received got;
  for (;;) {
    const bool parsed = reader_.has_value();
    const auto space = parsed ? reader_->space() : std::span{buffer};
    const auto n = ::recv(fd(), space.data(), space.size(), 0);
    if (n < 0) {
      if (errno != EAGAIN) got.error = "receive: " + reason(errno);
      return got;
    }
    const auto bytes = static_cast<std::size_t>(n);
    if (parsed) {
      reader_->filled(bytes);
      check_http(got);
    } else if (n > 0) {
      check_echo({space.data(), bytes}, got);
    } else {
      got.drained = offset_ == 0 && answered_ == started_;
      if (!got.drained) got.error = "closed before the answer";
    }
    if (!got.error.empty() || got.drained || n == 0) return got;
    // A short read has drained the socket; the next bytes are a new edge.
    if (bytes < space.size() && !closing) return got;
  }
}

void connection::check_echo(std::string_view bytes, received& got) {
  while (!bytes.empty()) {
    if (answered_ == started_) {
      got.error = "surplus bytes";
      return;
    }
    const auto want = wire::bytes_of({number_ + answered_, plan_.size}, offset_);
    const auto n = std::min(bytes.size(), want.size());
    if (std::memcmp(bytes.data(), want.data(), n) != 0) {
      got.error = "wrong bytes";
      return;
    }
    bytes.remove_prefix(n);
    offset_ += n;
    if (offset_ < plan_.size) continue;
    offset_ = 0;
    ++answered_;
    ++got.answers;
  }
}

void connection::check_http(received& got) {
  for (;;) {
    switch (reader_->next()) {
      case wire::http::event::more:
        return;
      case wire::http::event::head:
        if (answered_ == started_) {
          got.error = "surplus bytes";
          return;
        }
        if (reader_->head().status != 200) {
          got.error = fmt::format("status {}", reader_->head().status);
          return;
        }
        picture_.reset();
        if (expected_.picture) picture_.emplace(*expected_.picture);
        checksum_ = {};
        break;
      case wire::http::event::body:
        if (picture_)
          picture_->add(reader_->body());
        else
          checksum_.add(reader_->body());
        break;
      case wire::http::event::end:
        check_answer(got);
        if (!got.error.empty()) return;
        if (!reader_->head().keep_alive) {
          got.drained = true;
          return;
        }
        break;
      case wire::http::event::closed:
        got.drained = answered_ == started_;
        if (!got.drained) got.error = "closed before the answer";
        return;
      case wire::http::event::error:
        got.error = reader_->error() == wire::http::problem::truncated ? "closed amid the answer"
                                                                       : "malformed answer";
        return;
    }
  }
}

void connection::check_answer(received& got) {
  bool right = true;
  if (picture_) {
    right = picture_->right();
  } else {
    if (!expected_.checksum) expected_.checksum = checksum_.value();
    right = *expected_.checksum == checksum_.value();
  }
  if (!right) {
    got.error = "wrong body";
    return;
  }
  ++answered_;
  ++got.answers;
}

}  // namespace wire::load
