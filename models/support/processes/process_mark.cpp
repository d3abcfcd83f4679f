#include "models/support/processes/process_mark.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace models::support {
namespace {

// When the process started; 0: it has ended.
std::uint64_t start_of(pid_t pid) noexcept {
  std::array<char, 1024> text{};
  std::snprintf(text.data(), text.size(), "/proc/%d/stat", static_cast<int>(pid));
  const int fd = ::open(text.data(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const auto n = ::read(fd, text.data(), text.size() - 1);
  ::close(fd);
  if (n <= 0) return 0;
  text[static_cast<std::size_t>(n)] = 0;
  // The second field, a name in parentheses, may hold anything; the state is the third, the start
  // is the 22nd.
  const char* const name_end = std::strrchr(text.data(), ')');
  if (name_end == nullptr) return 0;
  char state = 0;
  unsigned long long started = 0;
  const int read = std::sscanf(name_end + 1,
                               " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
                               " %*s %*s %llu",
                               &state, &started);
  return read != 2 || state == 'Z' || state == 'X' ? 0 : started;
}

}  // namespace

process_mark process_mark::own() {
  static thread_local process_mark self;
  if (const pid_t pid = ::getpid(); self.pid != pid) {
    self = {pid, start_of(pid)};
    if (self.started == 0) {
      self = {};
      throw std::system_error{errno, std::generic_category(), "/proc/self/stat"};
    }
  }
  return self;
}

bool process_mark::alive() const noexcept { return pid != 0 && start_of(pid) == started; }

}  // namespace models::support
