#include <fmt/format.h>

#include "bench/http.hpp"

namespace bench::http {
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

// What was written, unless it was cut off.
std::string_view whole(std::span<char> out, std::size_t size) noexcept {
  return size <= out.size() ? std::string_view{out.data(), size} : std::string_view{};
}

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
  const auto result = fmt::format_to_n(out.data(), out.size(),
                                       "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: "
                                       "{}\r\nConnection: {}\r\n\r\n",
                                       status, reason_of(status), type, length,
                                       keep_alive ? "keep-alive" : "close");
  return whole(out, result.size);
}

std::string_view write_request(std::span<char> out, std::string_view host, std::string_view target,
                               bool keep_alive) noexcept {
  const auto result = fmt::format_to_n(out.data(), out.size(),
                                       "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: {}\r\n\r\n",
                                       target, host, keep_alive ? "keep-alive" : "close");
  return whole(out, result.size);
}

}  // namespace bench::http
