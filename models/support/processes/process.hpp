#pragma once

#include <sys/types.h>

#include <string>

namespace models::support {

// Forks. The child (which gets 0) is killed when the thread that forked it ends; it must leave by
// `_exit`, or it would run the parent's exit handlers. Throws std::system_error that names the
// limit.
pid_t fork_child();

// Throws std::system_error for `call`, with how many processes the limits leave.
[[noreturn]] void no_process(const char* call, int error);

// Waits until this child has ended, reaps it and returns its status.
int reap(pid_t child) noexcept;

// Reaps the child if it has ended; false: it still runs.
bool reap_if_ended(pid_t child, int& status) noexcept;

// "was killed by SIGKILL" or "exited with status 3", of a status that `reap` returned.
std::string ending(int status);

}  // namespace models::support
