#include <charconv>
#include <cstring>

#include "wire/http.hpp"

namespace wire::http {
namespace {

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Other";
  }
}

std::string_view connection(bool keep_alive) noexcept {
  return keep_alive ? "keep-alive" : "close";
}

// Joins texts and numbers in a buffer. (The same by fmt::format_to_n would compile most of fmt.)
class writer {
 public:
  explicit writer(std::span<char> out) noexcept : out_{out} {}

  writer& operator<<(std::string_view text) noexcept {
    if (!(fits_ = fits_ && text.size() <= out_.size() - size_)) return *this;
    std::memcpy(out_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  writer& operator<<(std::uint64_t number) noexcept {
    char digits[std::numeric_limits<std::uint64_t>::digits10 + 1];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    return *this << std::string_view{digits, end};
  }

  // What was written, or nothing where it did not fit.
  [[nodiscard]] std::string_view whole() const noexcept {
    return fits_ ? std::string_view{out_.data(), size_} : std::string_view{};
  }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

}  // namespace

int status_of(problem p) noexcept {
  switch (p) {
    case problem::none:
      return 0;
    case problem::head_too_large:
      return 431;
    case problem::body_too_large:
      return 413;
    case problem::unsupported_version:
      return 505;
    case problem::unsupported_coding:
      return 501;
    case problem::malformed:
    case problem::truncated:
      break;
  }
  return 400;
}

std::string_view write_response(std::span<char> out, int status, std::uint64_t length,
                                bool keep_alive, std::string_view type) noexcept {
  return (writer{out} << "HTTP/1.1 " << static_cast<std::uint64_t>(status) << " "
                      << reason_of(status) << "\r\nContent-Type: " << type << "\r\nContent-Length: "
                      << length << "\r\nConnection: " << connection(keep_alive) << "\r\n\r\n")
      .whole();
}

std::string_view write_request(std::span<char> out, std::string_view host, std::string_view target,
                               bool keep_alive) noexcept {
  return (writer{out} << "GET " << target << " HTTP/1.1\r\nHost: " << host
                      << "\r\nConnection: " << connection(keep_alive) << "\r\n\r\n")
      .whole();
}

}  // namespace wire::http
