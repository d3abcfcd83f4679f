#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>

#include "bench/measure/clock.hpp"
#include "wire/sockets.hpp"

namespace tests {

// Sends `bytes` and reads until the peer closes, or for `ms`.
inline std::string converse(std::uint16_t port, const std::string& bytes, bool half_close = true,
                            int ms = 3'000) {
  const auto fd = wire::connect_to(port);
  std::size_t sent = 0;
  std::string got;
  const auto last = bench::now_ns() + ms * 1'000'000LL;
  for (bool open = true; open && bench::now_ns() < last;) {
    pollfd ready{fd.get(), static_cast<short>(POLLIN | (sent < bytes.size() ? POLLOUT : 0)), 0};
    ::poll(&ready, 1, 50);
    if (sent < bytes.size()) {
      const auto n = ::send(fd.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n > 0) sent += static_cast<std::size_t>(n);
      if (n < 0 && errno != EAGAIN) sent = bytes.size();
      if (sent == bytes.size() && half_close) ::shutdown(fd.get(), SHUT_WR);
    }
    std::array<char, 65536> buffer{};
    const auto n = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (n > 0) got.append(buffer.data(), static_cast<std::size_t>(n));
    open = n > 0 || (n < 0 && errno == EAGAIN);
  }
  return got;
}

inline std::string get(std::uint16_t port, const std::string& target) {
  return converse(port, "GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                  false);
}

inline std::string body_of(const std::string& response) {
  const auto end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

}  // namespace tests
