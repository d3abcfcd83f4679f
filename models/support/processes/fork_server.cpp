#include "models/support/processes/fork_server.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "models/support/processes/process.hpp"

namespace models::support {
namespace {

constexpr int servers_socket = first_descriptor + 1;

}  // namespace

struct fork_server::request {
  enum what : std::int32_t { start, reap, look } what;
  std::int32_t argument;  // an index, or a child
};
struct fork_server::reply {
  std::int32_t child;  // 0: none has ended; -n: error n
  std::int32_t status;
};

fork_server::fork_server(program_entry entry, const entry_words& words, int memory)
    : entry_{entry}, words_{words}, memory_{memory} {
  begin();
}

fork_server::~fork_server() { end(); }

void fork_server::begin() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error{errno, std::generic_category(), "socketpair"};
  socket_ = ends[0];
  try {
    pid_ = start_same_program(entry_, words_, std::array{memory_, ends[1]});
  } catch (...) {
    ::close(ends[1]);
    end();
    throw;
  }
  ::close(ends[1]);
}

void fork_server::end() noexcept {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  support::reap(std::exchange(pid_, 0));
}

bool fork_server::ask(const request& r, reply& to) noexcept {
  return ::send(socket_, &r, sizeof r, MSG_NOSIGNAL) == sizeof r &&
         ::recv(socket_, &to, sizeof to, 0) == sizeof to;
}

pid_t fork_server::start(unsigned index) {
  const request r{request::start, static_cast<std::int32_t>(index)};
  reply answer{};
  if (!ask(r, answer)) {  // it was killed, and all its children with it
    end();
    begin();
    if (!ask(r, answer)) no_process("the fork server ends at once: fork", ECHILD);
  }
  if (answer.child < 0) no_process("fork in the fork server", -answer.child);
  return answer.child;
}

int fork_server::reap(pid_t child) noexcept {
  reply answer{};
  // Where the server has gone, its children were killed with it.
  return ask({request::reap, child}, answer) && answer.child == child ? answer.status : SIGKILL;
}

bool fork_server::reap_if_ended(pid_t child, int& status) noexcept {
  reply answer{};
  if (!ask({request::look, child}, answer)) {
    status = SIGKILL;
    return true;
  }
  status = answer.status;
  return answer.child == child;
}

unsigned fork_server::serve() {
  for (request r{}; ::recv(servers_socket, &r, sizeof r, 0) == sizeof r;) {
    reply answer{};
    if (r.what == request::start) {
      try {
        answer.child = fork_child();
      } catch (const std::system_error& e) {
        answer.child = -e.code().value();
      }
      if (answer.child == 0) {
        ::close(servers_socket);
        return static_cast<unsigned>(r.argument);
      }
    } else {
      answer.child = ::waitpid(r.argument, &answer.status, r.what == request::look ? WNOHANG : 0);
    }
    if (::send(servers_socket, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer) break;
  }
  ::_exit(0);
}

}  // namespace models::support
