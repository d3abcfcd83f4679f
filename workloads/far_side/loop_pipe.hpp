#pragma once

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <system_error>

namespace workloads {

// A pipe whose two ends one thread has: what moving bytes through the kernel costs by itself.
class loop_pipe {
 public:
  loop_pipe() {
    if (::pipe(ends_.data()) != 0) throw std::system_error{errno, std::generic_category(), "pipe"};
  }
  ~loop_pipe() {
    for (const int end : ends_) ::close(end);
  }
  loop_pipe(const loop_pipe&) = delete;

  // `in` is as long as `out`, and both no longer than PIPE_BUF.
  void there_and_back(std::span<const std::byte> out, std::span<std::byte> in) {
    const auto size = static_cast<ssize_t>(out.size());
    if (::write(ends_[1], out.data(), out.size()) != size ||
        ::read(ends_[0], in.data(), in.size()) != size)
      throw std::system_error{errno, std::generic_category(), "pipe"};
  }

 private:
  std::array<int, 2> ends_{};
};

}  // namespace workloads
