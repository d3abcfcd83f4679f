#include "workloads/far_side/web_session.hpp"

#include <cerrno>

#include "workloads/kernels/sha256.hpp"

namespace workloads {

web_answer answer_to(std::string_view target, long rounds) {
  auto digest = sha256({reinterpret_cast<const std::uint8_t*>(target.data()), target.size()});
  for (long i = 1; i < rounds; ++i) digest = sha256(digest);
  web_answer text;
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = digits[digest[i] >> 4];
    text[2 * i + 1] = digits[digest[i] & 15];
  }
  text.back() = '\n';
  return text;
}

void web_session::take(const bench::io_result& read) {
  if (read) {
    ++pieces_;
    reader_.filled(static_cast<std::size_t>(read.value));
    parse();
  } else if (read.error == ETIMEDOUT && !reader_.between_messages()) {
    refuse(408);
  } else {
    state_ = state::over;
  }
}

void web_session::parse() {
  state_ = state::reading;
  for (;;) {
    switch (reader_.next()) {
      case wire::http::event::more:
        if (pieces_ >= most_pieces) refuse(408);
        return;
      case wire::http::event::head:
        target_ = reader_.head().target;
        keep_alive_ = reader_.head().keep_alive;
        head_only_ = reader_.head().method == "HEAD";
        allowed_ = head_only_ || reader_.head().method == "GET";
        // It waits for our leave to send a body that nobody here wants.
        if (reader_.head().expects_continue) return refuse(allowed_ ? 417 : 405);
        break;
      case wire::http::event::body:
        break;
      case wire::http::event::end:
        pieces_ = 0;
        if (!allowed_) return refuse(405, keep_alive_);
        state_ = state::request;
        return;
      case wire::http::event::closed:
        state_ = state::over;
        return;
      case wire::http::event::error:
        if (const int status = wire::http::status_of(reader_.error())) return refuse(status);
        state_ = state::over;
        return;
    }
  }
}

void web_session::answer(const web_answer& text) {
  reply_with(200, {text.data(), text.size()}, keep_alive_);
}

void web_session::refuse(int status, bool keep_alive) {
  state_ = state::refused;
  if (!keep_alive) lingers_ = most_scrap;
  head_only_ = head_only_ && keep_alive;
  reply_with(status, "refused\n", keep_alive);
}

void web_session::reply_with(int status, std::string_view body, bool keep_alive) {
  keep_alive_ = keep_alive;
  auto& bytes = out_bytes_;
  bytes = wire::http::write_response(out_, status, body.size(), keep_alive, "text/plain").size();
  if (!head_only_) bytes += body.copy(out_.data() + bytes, out_.size() - bytes);
}

bool web_session::sent(const bench::io_result& write) {
  if (!write) lingers_ = 0;
  return write && keep_alive_;
}

}  // namespace workloads
