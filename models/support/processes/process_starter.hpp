#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "models/support/processes/fork_server.hpp"
#include "models/support/processes/same_program.hpp"
#include "models/support/processes/shared_arena.hpp"

namespace models::support {

// Starts a pool's processes by one of the field's methods, and reaps them.
//   fork        a copy of this process: costs a copy of its page tables
//   forkserver  a copy of a process that was executed for that when the pool was built
//   spawn       this program, executed anew for each
// The last two do not grow with this process's memory and do not inherit its threads' locks; their
// processes see nothing of it but the arena, at the same address.
class process_starter {
 public:
  // In a process that was not simply forked `entry({arena, state, index})` is called, where an
  // index may be `on_request`: that one is the fork server. Throws std::system_error.
  process_starter(const std::string& method, const shared_arena& arena, const void* state,
                  program_entry entry);

  static constexpr std::uintptr_t on_request = UINTPTR_MAX;
  // Whether such processes need an arena that they can map by themselves.
  static bool needs_named_memory(const std::string& method) { return method != "fork"; }

  // Returns 0 in a forked child. Throws std::system_error.
  pid_t start(unsigned index);
  // No more are started, and all have been reaped.
  void stop() noexcept { server_.reset(); }
  // As those of process.hpp.
  int reap(pid_t child) noexcept;
  bool reap_if_ended(pid_t child, int& status) noexcept;

 private:
  const bool spawns_;
  program_entry entry_;
  entry_words words_;
  int memory_;
  std::optional<fork_server> server_;
};

}  // namespace models::support
