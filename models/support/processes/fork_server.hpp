#pragma once

#include <sys/types.h>

#include "models/support/processes/same_program.hpp"

namespace models::support {

// A process of the same program that has done nothing yet, and forks others on request: they start
// without this process's memory and threads. It is their parent; all end with it, and it with the
// thread that has made it. Each pool has its own, which leaves with it.
class fork_server {
 public:
  // In the server `entry(words)` is called, which is to call `serve`. Its descriptor 3 is `memory`.
  // Throws std::system_error.
  fork_server(program_entry entry, const entry_words& words, int memory);
  fork_server(const fork_server&) = delete;
  ~fork_server();

  // Forks a child, in which `serve` returns `index`. Throws std::system_error.
  pid_t start(unsigned index);

  // As those of process.hpp, of children that `start` returned.
  int reap(pid_t child) noexcept;
  bool reap_if_ended(pid_t child, int& status) noexcept;

  // The server's side: serves as long as the maker lives, and returns in each child.
  static unsigned serve();

 private:
  struct request;
  struct reply;
  void begin();
  void end() noexcept;
  bool ask(const request& r, reply& to) noexcept;

  program_entry entry_;
  entry_words words_;
  int memory_;
  pid_t pid_ = 0;
  int socket_ = -1;
};

}  // namespace models::support
