#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/contract/io_result.hpp"

namespace models::support {

// The system calls that tasks wait for.
enum class io_kind : std::uint8_t { accept, connect, receive, send, read, write, open, fsync };

// One input or output, as data: what every engine and every blocking model can carry out.
struct io_request {
  io_kind kind = io_kind::read;
  bool all = false;     // move all bytes (reading: up to the end of the stream), not just some
  bool polled = false;  // one call that does not block after each poll, though the descriptor might
  int fd = -1;
  int flags = 0;             // of open
  void* data = nullptr;      // the buffer; a path; a connect's sockaddr
  std::size_t size = 0;      // bytes of it
  std::int64_t offset = -1;  // in a file; -1: a stream
  bench::io_result result{};

  bool moves_bytes() const noexcept {
    return kind == io_kind::receive || kind == io_kind::send || kind == io_kind::read ||
           kind == io_kind::write;
  }
  bool moves_out() const noexcept {
    return kind == io_kind::send || kind == io_kind::write || kind == io_kind::connect;
  }
};

// How many bytes have gone through, whatever has become of the rest.
inline std::int64_t moved_by(const io_request& r) noexcept {
  return r.moves_bytes() ? r.result.value : 0;
}

// Carries the request out as far as it goes; false: it would block (only where its descriptor is
// non-blocking) and has to be called again. True: finished, the result says how.
bool attempt(io_request& r) noexcept;

// Carries the request out on a blocking descriptor, until it is finished or the monotonic clock is
// at `deadline_ns`.
void attempt_until(io_request& r, std::int64_t deadline_ns) noexcept;

}  // namespace models::support
