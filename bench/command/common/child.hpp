#pragma once

#include <csignal>
#include <functional>
#include <string>
#include <vector>

namespace command {

// SIGINT, SIGTERM and SIGHUP as something to poll. While it lives they are blocked, and children
// that become orphans come to this process, so that none of them is lost.
class interrupts {
 public:
  interrupts();
  ~interrupts();
  interrupts(const interrupts&) = delete;

  int fd() const { return fd_; }
  // Whether one has arrived since the beginning.
  bool arrived();
  const sigset_t& mask_before() const { return before_; }

 private:
  sigset_t before_{};
  int fd_ = -1;
  bool arrived_ = false;
};

// Where a child finds the file that it writes its answer to; what it prints otherwise is dropped.
enum class answer { standard_output = 1, descriptor_3 = 3 };

struct child_options {
  std::vector<std::string> argv;
  answer to = answer::standard_output;
  double timeout_s = 60;
  std::function<void()> tick{};  // called about once a second while the child runs
};

// How a child ended.
struct ended {
  int status = 0;  // as wait4(2) has it
  bool timed_out = false;
  bool interrupted = false;
  bool out_of_memory = false;  // the kernel killed for want of memory meanwhile
  int orphans = 0;             // processes that it left behind; they have been killed
  double wall_s = 0;
  long major_faults = 0;  // waits for the disk, of the child and of all that it waited for
  std::string output;
  std::string last_error_line;  // of its standard error
};

// Runs a program in a session of its own until it ends, its time is up or an interrupt comes; then
// nothing of it is left. It dies with this process. Throws std::system_error where it cannot start.
ended run_child(const child_options& options, interrupts& interrupts);

// "SIGSEGV (Segmentation fault)".
std::string signal_name(int number);

}  // namespace command
