#include "models/support/processes/process.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "bench/base/limits.hpp"

namespace models::support {

void no_process(const char* call, int error) {
  throw std::system_error{
      error, std::generic_category(),
      fmt::format("{}: the limits (ulimit -u, pid_max, memory) leave this user about {} processes "
                  "in all",
                  call, bench::most_processes())};
}

pid_t fork_child() {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) no_process("fork", errno);
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it ended before the request could be made
  }
  return child;
}

int reap(pid_t child) noexcept {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

bool reap_if_ended(pid_t child, int& status) noexcept {
  return ::waitpid(child, &status, WNOHANG) == child;
}

std::string ending(int status) {
  if (!WIFSIGNALED(status)) return fmt::format("exited with status {}", WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("was killed by SIG{}", name)
                         : fmt::format("was killed by signal {}", signal);
}

}  // namespace models::support
