#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

// What a bad model does beside its work, once in each run. Each is what a broken runtime really
// does.
namespace bad {

[[noreturn]] inline void fail(const char* call) {
  throw std::system_error{errno, std::generic_category(), call};
}

// So that exhausting a limit takes an instant.
inline void limit(__rlimit_resource which, rlim_t most) {
  rlimit l{};
  ::getrlimit(which, &l);
  l.rlim_cur = std::min(l.rlim_max, most);
  ::setrlimit(which, &l);
}

inline void throw_error() { throw std::runtime_error{"the scheduler lost its mind"}; }
inline void throw_number() { throw 42; }
inline void segfault() { ::raise(SIGSEGV); }
inline void abort_run() { std::abort(); }
inline void throw_in_thread() {
  std::thread{[] { throw std::runtime_error{"nobody catches this"}; }}.join();
}
inline void kill_itself() { ::kill(::getpid(), SIGKILL); }
inline void exit_early() { std::_Exit(0); }

// Hangs with a child and a grandchild that hang as well, in a session of their own.
inline void hang() {
  if (::fork() == 0) {
    ::setsid();
    ::fork();
  }
  for (;;) ::pause();
}

inline void use_up_descriptors() {
  limit(RLIMIT_NOFILE, 64);
  while (::dup(0) >= 0) {
  }
  fail("dup");
}

inline void use_up_memory() {
  limit(RLIMIT_AS, 512UL << 20);
  std::vector<std::unique_ptr<char[]>> all;
  for (;;) all.push_back(std::make_unique<char[]>(16UL << 20));
}

inline void use_up_threads() {
  limit(RLIMIT_AS, 512UL << 20);  // each thread's stack is 8 MiB of it
  std::vector<std::jthread> all;
  for (;;)
    all.emplace_back([](std::stop_token stop) {
      while (!stop.stop_requested()) std::this_thread::yield();
    });
}

inline void leave_thread() {
  std::thread{[] { ::pause(); }}.detach();
}

inline void leave_child() {
  if (::fork() == 0)
    for (;;) ::pause();
}

// A child whose parent is gone: not among this process's children.
inline void leave_orphan() {
  const pid_t between = ::fork();
  if (between == 0) {
    ::setsid();
    if (::fork() != 0) std::_Exit(0);
    for (;;) ::pause();
  }
  ::waitpid(between, nullptr, 0);
}

inline void leave_descriptor() {
  if (::open("/dev/null", O_RDONLY) < 0) fail("open");
}

// Merges with the mapping beside it, so that only its bytes show.
inline void leave_mapping() {
  if (::mmap(nullptr, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
      MAP_FAILED)
    fail("mmap");
}

}  // namespace bad
