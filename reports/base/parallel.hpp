#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <string>
#include <thread>
#include <vector>

namespace reports {

// Calls body(0) to body(count - 1), each once and in no particular order, on all processors. What
// the first of them throws is thrown here, after all threads have ended. The calls must not depend
// on one another, so that what they make is the same on any number of processors.
template <class Body>
void in_parallel(std::size_t count, const Body& body) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure;
  auto work = [&] {
    try {
      for (std::size_t i; (i = next++) < count;) body(i);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
      next = count;
    }
  };
  {
    const std::size_t helpers = std::min<std::size_t>(std::thread::hardware_concurrency(), count);
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < helpers; ++i) threads.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

// The texts that part(0) to part(count - 1) return, one behind the other.
template <class Part>
std::string text_in_parallel(std::size_t count, const Part& part) {
  std::vector<std::string> parts(count);
  in_parallel(count, [&](std::size_t i) { parts[i] = part(i); });
  std::string out;
  for (const std::string& each : parts) out += each;
  return out;
}

}  // namespace reports
