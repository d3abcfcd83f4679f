#include "models/support/processes/process_starter.hpp"

#include <array>

#include "models/support/processes/process.hpp"

namespace models::support {

process_starter::process_starter(const std::string& method, const shared_arena& arena,
                                 const void* state, program_entry entry)
    : spawns_{method == "spawn"},
      entry_{entry},
      words_{reinterpret_cast<std::uintptr_t>(arena.address()),
             reinterpret_cast<std::uintptr_t>(state), on_request},
      memory_{arena.descriptor()} {
  if (method == "forkserver") server_.emplace(entry_, words_, memory_);
}

pid_t process_starter::start(unsigned index) {
  if (server_) return server_->start(index);
  if (!spawns_) return fork_child();
  return start_same_program(entry_, {words_[0], words_[1], index}, std::array{memory_});
}

int process_starter::reap(pid_t child) noexcept {
  return server_ ? server_->reap(child) : support::reap(child);
}

bool process_starter::reap_if_ended(pid_t child, int& status) noexcept {
  return server_ ? server_->reap_if_ended(child, status) : support::reap_if_ended(child, status);
}

}  // namespace models::support
