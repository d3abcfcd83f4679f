#pragma once

#include <cstddef>
#include <memory>

namespace models::support {

// A process that makes blocking calls for one thread, which waits for each: what they do to their
// process they do not do to this one. It sees nothing of this one's memory.
class helper_process {
 public:
  using code = void (*)(void*, std::byte*);
  static constexpr std::size_t most_bytes = 240;
  template <class T>
  static constexpr bool fits = sizeof(T) <= most_bytes;

  helper_process();  // throws std::system_error or process_died
  helper_process(const helper_process&) = delete;
  ~helper_process();

  // Has `run(nullptr, bytes)` called there, with the arguments in `bytes`, which the result
  // replaces. Throws remote_error where that throws, process_died where the process dies; the next
  // call gets a fresh one.
  void call(code run, const void* arguments, std::size_t argument_bytes, void* result,
            std::size_t result_bytes);

  // From now on the calling thread has one, started with its first call.
  static void use_in_this_thread();
  // The calling thread's, or nullptr where it has none.
  static helper_process* of_this_thread();

 private:
  struct pool;
  std::unique_ptr<pool> pool_;
};

}  // namespace models::support
