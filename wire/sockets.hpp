#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <utility>

namespace wire {

// A descriptor that is closed with its owner.
class unique_fd {
 public:
  unique_fd() = default;
  explicit unique_fd(int fd) noexcept : fd_{fd} {}
  unique_fd(unique_fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~unique_fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

// A socket that listens on 127.0.0.1; port 0 takes a free one. It does not block. Accepting goes on
// when descriptors run out: who comes then is closed at once, instead of waiting for ever.
class listener {
 public:
  explicit listener(std::uint16_t port);
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] std::uint16_t port() const;
  // A connection that does not block and does not delay small writes; empty when none waits.
  unique_fd accept();
  [[nodiscard]] std::uint64_t turned_away() const noexcept { return turned_away_; }

 private:
  unique_fd socket_, spare_;
  std::uint64_t turned_away_ = 0;
};

// A connection to 127.0.0.1 that does not block from now on. Throws std::system_error with the
// cause, after 10 s at most.
unique_fd connect_to(std::uint16_t port);

// An epoll descriptor, and one more for it to watch. They throw std::system_error.
unique_fd make_epoll();
void watch(int epoll, int fd, std::uint32_t events, std::uint64_t data);

// Lifts the soft limit of descriptors to the hard one and returns it.
std::uint64_t raise_descriptor_limit() noexcept;

}  // namespace wire
