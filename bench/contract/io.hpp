#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bench/contract/io_result.hpp"
#include "bench/contract/model.hpp"

// What tasks of a model M wait for outside the program: time, sockets, pipes, files. Each wait is
// `x` in a direct body and `co_await x` in a coroutine and, time apart, comes to an `io_result`. M
// says what it is made of (`M::io`) and how its tasks wait (`M::wait`). The objects are handles,
// plain values that may be passed to tasks; whoever has one last closes it. A `timeout_ns` counts
// from the call.
namespace bench {

enum class amount : bool { some, all };  // what there is at the moment, or all that is asked for

// Waits for at least `ns` nanoseconds.
template <class M>
auto sleep_for(M&, std::int64_t ns) {
  return M::wait(M::io::sleep(ns));
}

// What the handles have in common.
template <class M>
class io_handle {
 public:
  io_handle() = default;
  explicit io_handle(int fd) : handle_{M::io::adopt(fd)} {}

  void close() { M::io::close(handle_); }
  // Called, in place of `close`, by a task that has passed the handle to another for good.
  void hand_over() { M::io::hand_over(handle_); }

 protected:
  using request = typename M::io::request;
  using kind = typename M::io::kind;
  auto start(const request& r, std::int64_t timeout_ns) const {
    return M::wait(M::io::start(handle_, r, timeout_ns));
  }
  auto read(kind k, std::span<std::byte> into, amount how, std::int64_t timeout_ns) const {
    return start({.kind = k, .all = how == amount::all, .data = into.data(), .size = into.size()},
                 timeout_ns);
  }
  auto write(kind k, std::span<const std::byte> from, std::int64_t timeout_ns) const {
    auto* const data = const_cast<std::byte*>(from.data());
    return start({.kind = k, .all = true, .data = data, .size = from.size()}, timeout_ns);
  }
  int fd() const { return M::io::fd_of(handle_); }

 private:
  typename M::io::handle handle_{};
};

// A connected socket. One task at a time may read it, and one write it.
template <class M>
class stream : public io_handle<M> {
  using kind = typename M::io::kind;

 public:
  using io_handle<M>::io_handle;
  // A socket to connect with.
  static stream create() { return stream{M::io::new_socket()}; }

  auto connect(const sockaddr& to, socklen_t size, std::int64_t timeout_ns = no_timeout) const {
    return this->start(
        {.kind = kind::connect, .data = const_cast<sockaddr*>(&to), .size = std::size_t{size}},
        timeout_ns);
  }
  // How many bytes; 0: the peer has closed its side. `all`: until `into` is full or that happens.
  auto read(std::span<std::byte> into, amount how = amount::some,
            std::int64_t timeout_ns = no_timeout) const {
    return io_handle<M>::read(kind::receive, into, how, timeout_ns);
  }
  // How many bytes: all, unless there was an error.
  auto write(std::span<const std::byte> from, std::int64_t timeout_ns = no_timeout) const {
    return io_handle<M>::write(kind::send, from, timeout_ns);
  }
  // Small messages go out at once (TCP_NODELAY).
  void send_at_once() const { M::io::send_at_once(this->fd()); }
  // Says that no more will be written.
  void shut_down() const { ::shutdown(this->fd(), SHUT_WR); }
};

// A TCP socket that listens on 127.0.0.1, on a free port if `port` is 0.
template <class M>
class listener : public io_handle<M> {
 public:
  listener() = default;
  explicit listener(std::uint16_t port, int backlog = SOMAXCONN)
      : io_handle<M>{M::io::listen_on(port, backlog)} {}

  std::uint16_t port() const { return M::io::port_of(this->fd()); }
  // The value is the descriptor of a new connection, to make a `stream` of.
  auto accept(std::int64_t timeout_ns = no_timeout) const {
    return this->start({.kind = M::io::kind::accept}, timeout_ns);
  }
};

// One end of a pipe.
template <class M>
class pipe_end : public io_handle<M> {
  using kind = typename M::io::kind;

 public:
  using io_handle<M>::io_handle;
  // The end to read from and the end to write to.
  static std::array<pipe_end, 2> create() {
    const auto ends = M::io::new_pipe();
    return {pipe_end{ends[0]}, pipe_end{ends[1]}};
  }

  auto read(std::span<std::byte> into, amount how = amount::some,
            std::int64_t timeout_ns = no_timeout) const {
    return io_handle<M>::read(kind::read, into, how, timeout_ns);
  }
  auto write(std::span<const std::byte> from, std::int64_t timeout_ns = no_timeout) const {
    return io_handle<M>::write(kind::write, from, timeout_ns);
  }
};

// A regular file.
template <class M>
class file {
  using kind = typename M::io::kind;
  using request = typename M::io::request;

 public:
  file() = default;
  explicit file(int fd) : fd_{fd} {}

  // The value is a descriptor, to make a `file` of. `path` must stay until then.
  static auto open(const char* path, int flags) {
    return start({.kind = kind::open, .flags = flags, .data = const_cast<char*>(path)});
  }
  // All of `into`, or what there is up to the file's end.
  auto read(std::span<std::byte> into, std::int64_t offset) const {
    return start({.kind = kind::read,
                  .all = true,
                  .fd = fd_,
                  .data = into.data(),
                  .size = into.size(),
                  .offset = offset});
  }
  auto write(std::span<const std::byte> from, std::int64_t offset) const {
    return start({.kind = kind::write,
                  .all = true,
                  .fd = fd_,
                  .data = const_cast<std::byte*>(from.data()),
                  .size = from.size(),
                  .offset = offset});
  }
  // Until what was written is on the disk.
  auto sync() const { return start({.kind = kind::fsync, .fd = fd_}); }
  void close() { ::close(fd_); }

 private:
  static auto start(const request& r) { return M::wait(M::io::start(r)); }

  int fd_ = -1;
};

}  // namespace bench
