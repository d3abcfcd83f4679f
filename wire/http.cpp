#include "wire/http.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace wire::http {
namespace {

constexpr std::size_t max_body_line = 256;      // bytes of a chunk's size or a trailer, and CRLF
constexpr std::size_t max_trailers = 8 * 1024;  // bytes of them, beside the chunks

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

// RFC 9110's `token`.
bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           (c != 0 && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
  });
}

bool is_visible(char c) noexcept { return c > ' ' && c < 0x7f; }

bool is_field_byte(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// All of `text` as a number, or nothing.
std::optional<std::uint64_t> number(std::string_view text, int base = 10) noexcept {
  std::uint64_t value = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value, base);
  if (text.empty() || end != last || error != std::errc{}) return {};
  return value;
}

}  // namespace

std::string_view head::field(std::string_view name) const noexcept {
  for (auto rest = fields; !rest.empty();) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && same(line.substr(0, colon), name))
      return trimmed(line.substr(colon + 1));
  }
  return {};
}

std::span<char> reader::space() noexcept {
  if (keep_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + keep_, end_ - keep_);
    cursor_ -= keep_;
    scanned_ -= keep_;
    end_ -= keep_;
    keep_ = 0;
  }
  return buffer_.subspan(end_);
}

void reader::filled(std::size_t n) noexcept {
  if (n == 0) closed_ = true;
  end_ += std::min(n, buffer_.size() - end_);
}

bool reader::between_messages() const noexcept {
  return (stage_ == stage::first_line || stage_ == stage::end) && cursor_ == end_;
}

event reader::fail(problem p) noexcept {
  error_ = p;
  stage_ = stage::failed;
  return event::error;
}

reader::line_state reader::take_line(std::string_view& line) noexcept {
  const std::string_view unread{buffer_.data() + scanned_, end_ - scanned_};
  const auto found = unread.find('\n');
  if (found == std::string_view::npos) {
    scanned_ = end_;
    return line_state::partial;
  }
  const auto at = scanned_ + found;
  if (at == cursor_ || buffer_[at - 1] != '\r') return line_state::bad;
  line = {buffer_.data() + cursor_, at - 1 - cursor_};
  cursor_ = scanned_ = at + 1;
  return line_state::complete;
}

// RFC 9112, 2.2: an empty line before a request is no error. More than one is.
bool reader::skip_empty_line() noexcept {
  if (kind_ != kind::request || fields_at_ != 0) return false;
  fields_at_ = keep_ = cursor_;
  return true;
}

event reader::line_missing() noexcept {
  if (closed_) return fail(problem::truncated);
  const bool in_head = stage_ == stage::first_line || stage_ == stage::fields;
  const auto held = end_ - keep_;
  if (in_head && held == buffer_.size()) return fail(problem::head_too_large);
  if (!in_head && held >= max_body_line) return fail(problem::malformed);
  return event::more;
}

event reader::next() noexcept {
  body_ = {};
  for (;;) {
    switch (stage_) {
      case stage::failed:
        return event::error;
      case stage::end:
        keep_ = scanned_ = cursor_;
        fields_at_ = 0;
        stage_ = stage::first_line;
        break;
      case stage::sized:
      case stage::chunk:
      case stage::until_close:
        if (const auto e = read_body(); e != event::head) return e;
        break;
      default:
        if (stage_ == stage::first_line && closed_ && cursor_ == end_) return event::closed;
        std::string_view line;
        switch (take_line(line)) {
          case line_state::bad:
            return fail(problem::malformed);
          case line_state::partial:
            return line_missing();
          case line_state::complete:
            break;
        }
        const auto before = stage_;
        if (!parse_line(line)) return fail(error_);
        if (before != stage::first_line && before != stage::fields) keep_ = cursor_;
        if (before == stage::fields && stage_ != stage::fields && stage_ != stage::first_line)
          return event::head;
        if (stage_ == stage::end) return event::end;
    }
  }
}

// `head` where the stage has changed and there is nothing to say.
event reader::read_body() noexcept {
  const bool endless = stage_ == stage::until_close;
  const auto n = static_cast<std::size_t>(
      endless ? end_ - cursor_ : std::min<std::uint64_t>(remaining_, end_ - cursor_));
  if (n > max_body_ - body_bytes_) return fail(problem::body_too_large);
  body_ = {buffer_.data() + cursor_, n};
  cursor_ += n;
  keep_ = scanned_ = cursor_;
  body_bytes_ += n;
  remaining_ -= endless ? 0 : n;
  if (n > 0) return event::body;
  if (!endless && remaining_ == 0) {
    stage_ = stage_ == stage::chunk ? stage::chunk_end : stage::end;
    return stage_ == stage::end ? event::end : event::head;
  }
  if (!closed_) return event::more;
  if (!endless) return fail(problem::truncated);
  stage_ = stage::end;
  return event::end;
}

bool reader::parse_line(std::string_view line) noexcept {
  error_ = problem::malformed;
  const bool in_head = stage_ == stage::first_line || stage_ == stage::fields;
  if (!in_head && line.size() + 2 > max_body_line) return false;
  bool right = false;
  switch (stage_) {
    case stage::first_line:
      if (line.empty()) {
        right = skip_empty_line();
        break;
      }
      head_ = {};
      hosts_ = 0;
      coded_ = says_close_ = says_keep_alive_ = false;
      right = kind_ == kind::request ? parse_request_line(line) : parse_status_line(line);
      fields_at_ = cursor_ - keep_;
      stage_ = stage::fields;
      break;
    case stage::fields:
      right = line.empty() ? end_of_head() : parse_field(line);
      break;
    case stage::chunk_size:
      right = parse_chunk_size(line);
      break;
    case stage::chunk_end:
      right = line.empty();
      stage_ = stage::chunk_size;
      break;
    default:  // trailers: bounded and ignored
      trailer_bytes_ += line.size() + 2;
      right = trailer_bytes_ <= max_trailers || reject(problem::head_too_large);
      if (line.empty()) stage_ = stage::end;
  }
  if (right) error_ = problem::none;
  return right;
}

bool reader::parse_version(std::string_view text) noexcept {
  if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.') return false;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!digit(text[5]) || !digit(text[7])) return false;
  if (text[5] != '1') return reject(problem::unsupported_version);
  head_.minor_version = text[7] - '0';
  return true;
}

bool reader::parse_request_line(std::string_view line) noexcept {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  const auto target = line.substr(first + 1, last - first - 1);
  if (!is_token(line.substr(0, first)) || !std::ranges::all_of(target, is_visible)) return false;
  method_size_ = first;
  return parse_version(line.substr(last + 1));
}

bool reader::parse_status_line(std::string_view line) noexcept {
  if (line.size() < 12 || !parse_version(line.substr(0, 8)) || line[8] != ' ') return false;
  const auto status = number(line.substr(9, 3));
  if (!status || *status < 100 || *status > 599) return false;
  if (line.size() > 12 && line[12] != ' ') return false;
  head_.status = static_cast<int>(*status);
  return std::ranges::all_of(line, is_field_byte);
}

bool reader::parse_field(std::string_view line) noexcept {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  const auto name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
  if (!std::ranges::all_of(value, is_field_byte)) return false;
  if (same(name, "connection")) return parse_connection(value);
  if (same(name, "host")) return ++hosts_ == 1;
  if (same(name, "expect")) head_.expects_continue = same(value, "100-continue");
  if (same(name, "content-length")) {
    const auto length = number(value);
    if (!length || (head_.length && *head_.length != *length)) return false;
    head_.length = length;
  }
  if (same(name, "transfer-encoding")) {
    if (coded_ || !same(value, "chunked")) return reject(problem::unsupported_coding);
    head_.chunked = coded_ = true;
  }
  return true;
}

bool reader::parse_connection(std::string_view value) noexcept {
  while (!value.empty()) {
    const auto option = value.substr(0, value.find(','));
    value.remove_prefix(std::min(value.size(), option.size() + 1));
    if (same(trimmed(option), "close")) says_close_ = true;
    if (same(trimmed(option), "keep-alive")) says_keep_alive_ = true;
  }
  return true;
}

bool reader::head_has_no_body() const noexcept {
  if (kind_ == kind::request) return !head_.chunked && !head_.length;
  return no_body_ || head_.status == 204 || head_.status == 304;
}

bool reader::end_of_head() noexcept {
  // Who gives both wants two readers to disagree; a 1.0 peer knows no chunks.
  if (head_.chunked && (head_.length || head_.minor_version == 0)) return false;
  if (kind_ == kind::request && head_.minor_version > 0 && hosts_ != 1) return false;
  const char* const start = buffer_.data() + keep_;
  head_.fields = {start + fields_at_, cursor_ - 2 - keep_ - fields_at_};
  if (kind_ == kind::request) {
    const std::string_view line{start, fields_at_ - 2};
    head_.method = line.substr(0, method_size_);
    head_.target = line.substr(method_size_ + 1, line.rfind(' ') - method_size_ - 1);
  }
  keep_ = cursor_;
  body_bytes_ = trailer_bytes_ = 0;
  if (head_.status >= 100 && head_.status < 200) {
    if (head_.status == 101) return false;  // nobody asked for another protocol
    fields_at_ = 0;
    stage_ = stage::first_line;
    return true;
  }
  const bool persistent = head_.minor_version > 0 || says_keep_alive_;
  head_.keep_alive = persistent && !says_close_;
  remaining_ = head_.length.value_or(0);
  if (head_has_no_body()) {
    remaining_ = 0;
    stage_ = stage::sized;
  } else if (head_.chunked) {
    stage_ = stage::chunk_size;
  } else if (head_.length) {
    if (remaining_ > max_body_) return reject(problem::body_too_large);
    stage_ = stage::sized;
  } else {
    head_.keep_alive = false;
    stage_ = stage::until_close;
  }
  no_body_ = false;
  return true;
}

bool reader::parse_chunk_size(std::string_view line) noexcept {
  if (!std::ranges::all_of(line, is_field_byte)) return false;
  const auto size = number(trimmed(line.substr(0, line.find(';'))), 16);
  if (!size) return false;
  if (*size > max_body_ - body_bytes_) return reject(problem::body_too_large);
  remaining_ = *size;
  stage_ = remaining_ == 0 ? stage::trailers : stage::chunk;
  return true;
}

}  // namespace wire::http
