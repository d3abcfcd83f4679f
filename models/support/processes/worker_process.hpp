#pragma once

#include <sys/types.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include "models/support/base/futex.hpp"
#include "models/support/processes/life_line.hpp"
#include "models/support/processes/process_starter.hpp"
#include "models/support/processes/remote_failure.hpp"
#include "models/support/processes/task_ring.hpp"

namespace models::support {

// A task on its way to a worker, and its result on the way back: four cache lines, of which only
// those in use are touched.
struct task_message {
  static constexpr std::size_t capacity = 240;
  enum class outcome : std::uint32_t { done, failed };

  // Runs the task that `bytes` holds and writes its result, or throws. Where the parent's code is:
  // a worker adds its `code_shift`.
  void (*run)(void* model, std::byte* bytes);
  outcome how;
  alignas(16) std::byte bytes[capacity];
};
static_assert(sizeof(task_message) == 256);
static_assert(sizeof(remote_failure) <= task_message::capacity);

// What all processes of a pool share.
struct pool_state {
  enum state : std::uint32_t { awake, asleep };

  // The parent's sleep, which a worker ends once it has finished as much as the parent wants.
  alignas(64) futex_word parent = awake;
  // Who is awake, a bit each: who has nothing to do looks for work only while there is a processor
  // for every one of them.
  alignas(64) std::atomic<std::uint64_t> awake_set = 0;
  int processors = 1;
  int spin = 0;

  static constexpr unsigned parent_bit = 63;
  static constexpr std::uint64_t bit(unsigned i) { return std::uint64_t{1} << i; }

  // Looks again and again whether `done()`, as long as that is sensible; returns the last look.
  template <class Done>
  bool look_for(Done done) const;
};

// One worker's part of shared memory.
struct worker_link {
  static constexpr std::uint32_t ring_size = 256;

  task_ring<task_message, ring_size> ring;
  alignas(64) futex_word sleep = pool_state::awake;
  life_line life;
};

// A pool's worker, seen from the parent. Its destructor kills and reaps the process.
class worker_process {
 public:
  worker_process(pool_state& pool, worker_link& link, unsigned index)
      : pool_{pool}, link_{link}, index_{index} {}
  // With who starts it; without, it can only `serve`.
  worker_process(pool_state& pool, worker_link& link, unsigned index, process_starter& starter)
      : worker_process{pool, link, index} {
    starter_ = &starter;
  }
  worker_process(const worker_process&) = delete;
  ~worker_process() { stop(); }

  // Starts the process, which will serve; where it is forked, tasks of `model`. Throws
  // std::system_error.
  void start(void* model);
  // Looks whether it serves by now. Throws process_died where it has ended before.
  bool has_come();
  // Waits for that.
  void await_start();
  void stop() noexcept;

  bool running() const { return pid_ != 0; }
  bool serving() const { return serving_; }  // as far as `has_come` has seen
  bool starting() const { return running() && !serving_; }
  bool died() const { return serving_ && link_.life.dead(); }
  // While it is starting: whether `has_come` has something new to say.
  bool calls() const { return starting() && (link_.life.alive() || link_.life.dead()); }
  // Who ends before it calls is only found by looking, this often.
  static constexpr std::int64_t look_every_ns = 1'000'000;

  // Reaps it once it has died; "worker 123 was killed by SIGKILL".
  std::string bury();

  // In the process itself: runs tasks of `model` until it is killed.
  [[noreturn]] void serve(void* model);

  // After messages were given: wakes it if it sleeps.
  void notify() {
    // Pairs with the fence in `serve`: either we see it asleep, or it sees the message.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (link_.sleep.load(std::memory_order_relaxed) == pool_state::asleep) [[unlikely]]
      wake();
  }

 private:
  std::uint64_t bit() const { return pool_state::bit(index_ % pool_state::parent_bit); }
  void run(task_message& message, void* model);
  void wait_for_work();
  void wake() noexcept;
  void wake_parent() noexcept;
  pid_t forget() noexcept;

  pool_state& pool_;
  worker_link& link_;
  unsigned index_;
  process_starter* starter_ = nullptr;
  pid_t pid_ = 0;
  bool serving_ = false;
  std::int64_t next_look_ = 0;
};

template <class Done>
bool pool_state::look_for(Done done) const {
  for (int i = 0; i < spin; ++i) {
    if (done()) return true;
    if (std::popcount(awake_set.load(std::memory_order_relaxed)) > processors) break;
    __builtin_ia32_pause();
  }
  return done();
}

}  // namespace models::support
