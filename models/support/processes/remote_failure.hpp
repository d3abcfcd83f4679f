#pragma once

#include <stdexcept>
#include <string>

namespace models::support {

// An error that a task in another process ended with: its message, and the name of its type.
class remote_error : public std::runtime_error {
 public:
  remote_error(const std::string& kind, const std::string& message)
      : runtime_error{message}, kind_{kind} {}
  const std::string& kind() const { return kind_; }

 private:
  std::string kind_;
};

// A process that ended before its task was done.
struct process_died : std::runtime_error {
  using runtime_error::runtime_error;
};

// An error as plain bytes, for the way from one process to another; long texts are cut.
struct remote_failure {
  char kind[64];
  char message[176];

  void capture() noexcept;  // call it in a catch block
  [[noreturn]] void rethrow() const;
};

}  // namespace models::support
