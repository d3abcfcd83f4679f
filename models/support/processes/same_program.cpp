#include "models/support/processes/same_program.hpp"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include "models/support/processes/process.hpp"

using initializer = void (*)(int, char**, char**);
extern "C" {
// The linker's: what runs before main, in this order.
[[gnu::visibility("hidden")]] extern initializer __init_array_start[], __init_array_end[];
}

namespace models::support {
namespace {

constexpr const char* marker = "--contend-process";

std::intptr_t shift = 0;

std::uintptr_t address_of(auto* code) { return reinterpret_cast<std::uintptr_t>(code); }

// Descriptors of ours that are in the way of nobody's number.
class high_descriptors {
 public:
  explicit high_descriptors(std::span<const int> from) {
    for (const int fd : from) {
      all_.push_back(
          ::fcntl(fd, F_DUPFD_CLOEXEC, first_descriptor + static_cast<int>(from.size())));
      if (all_.back() < 0) throw std::system_error{errno, std::generic_category(), "fcntl F_DUPFD"};
    }
  }
  ~high_descriptors() {
    for (const int fd : all_)
      if (fd >= 0) ::close(fd);
  }
  high_descriptors(const high_descriptors&) = delete;
  const std::vector<int>& all() const { return all_; }

 private:
  std::vector<int> all_;
};

// Runs before main, among the program's initialisers. In a process that was started with the marker
// it lets the others that are still to come have their turn, so that an entry finds all globals
// alive, and then calls the entry. No main has to know of this.
[[gnu::constructor]] void enter(int argc, char** argv, char** environment) {
  if (argc != 3 || std::strcmp(argv[1], marker) != 0) return;
  pid_t parent = 0;
  std::uintptr_t their_anchor = 0, entry = 0;
  entry_words words{};
  if (std::sscanf(argv[2], "%d,%lx,%lx,%lx,%lx,%lx", &parent, &their_anchor, &entry, &words[0],
                  &words[1], &words[2]) != 6)
    return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it ended before the request could be made
  const auto mine = std::find(__init_array_start, __init_array_end, &enter);
  for (auto later = mine; later != __init_array_end && ++later != __init_array_end;)
    (*later)(argc, argv, environment);
  shift = static_cast<std::intptr_t>(address_of(&enter) - their_anchor);
  reinterpret_cast<program_entry>(entry + static_cast<std::uintptr_t>(shift))(words);
  ::_exit(1);
}

}  // namespace

std::intptr_t code_shift() noexcept { return shift; }

pid_t start_same_program(program_entry entry, const entry_words& words,
                         std::span<const int> descriptors) {
  const high_descriptors high{descriptors};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  int fd = first_descriptor;
  for (const int from : high.all()) ::posix_spawn_file_actions_adddup2(&actions, from, fd++);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, fd);

  std::string text = fmt::format("{},{:x},{:x},{:x},{:x},{:x}", ::getpid(), address_of(&enter),
                                 address_of(entry), words[0], words[1], words[2]);
  std::array<char*, 4> arguments{program_invocation_name, const_cast<char*>(marker), text.data(),
                                 nullptr};
  pid_t child = 0;
  const int error =
      ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) no_process("posix_spawn of /proc/self/exe", error);
  return child;
}

}  // namespace models::support
