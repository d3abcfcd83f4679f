// A benchmark binary whose models are broken, each in its own way; what the validity gate is tested
// with. `sound` is not, and `slow` takes its time.

#include <chrono>
#include <string>
#include <string_view>

#include "bench/registry/register.hpp"
#include "models/support/base/group.hpp"
#include "tests/bad/faults.hpp"

namespace bad {

struct nothing_more {
  void operator()() const {}
};

// A spawned task runs at once; every run calls `Fault` beside it.
template <class Derived, auto Fault, int Dropped = 0, int Wrong = 0>
class broken : public bench::heap {
 public:
  class task_group : public models::support::spawner<task_group, Derived> {
   public:
    explicit task_group(Derived& m) : m_{m} {}
    void start(const auto& call) {
      if (++started_ > Dropped) call(m_);
    }
    void join() {}

   private:
    Derived& m_;
    int started_ = 0;
  };

  static constexpr std::string_view about = "for the tests";
  static constexpr bench::abilities can{};
  static std::optional<std::string> cannot(const bench::demand&, const bench::settings&) {
    return std::nullopt;
  }
  explicit broken(const bench::settings&) {}

  template <bench::task_body Body, class... Args>
  auto run(Body body, Args&... args) {
    Fault();
    auto answer = body(static_cast<Derived&>(*this), args...);
    answer.sum += Wrong;
    return answer;
  }
  task_group group() { return task_group{static_cast<Derived&>(*this)}; }
};

inline void nothing() {}
inline void sleep_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds{100}); }

#define BAD_MODEL(title, ...)                        \
  struct title : broken<title, __VA_ARGS__> {        \
    static constexpr std::string_view name = #title; \
    using broken::broken;                            \
  }
BAD_MODEL(sound, nothing);
BAD_MODEL(slow, sleep_a_little);
BAD_MODEL(drops_task, nothing, 1);
BAD_MODEL(answers_wrong, nothing, 0, 7);
BAD_MODEL(throws, throw_error);
BAD_MODEL(throws_number, throw_number);
BAD_MODEL(throws_in_thread, throw_in_thread);
BAD_MODEL(segfaults, segfault);
BAD_MODEL(aborts, abort_run);
BAD_MODEL(is_killed, kill_itself);
BAD_MODEL(exits, exit_early);
BAD_MODEL(hangs, hang);
BAD_MODEL(no_descriptors, use_up_descriptors);
BAD_MODEL(no_memory, use_up_memory);
BAD_MODEL(no_threads, use_up_threads);
BAD_MODEL(leaves_thread, leave_thread);
BAD_MODEL(leaves_child, leave_child);
BAD_MODEL(leaves_orphan, leave_orphan);
BAD_MODEL(leaves_descriptor, leave_descriptor);
BAD_MODEL(leaves_mapping, leave_mapping);
#undef BAD_MODEL

using all = bench::model_list<sound, slow, drops_task, answers_wrong, throws, throws_number,
                              throws_in_thread, segfaults, aborts, is_killed, exits, hangs,
                              no_descriptors, no_memory, no_threads, leaves_thread, leaves_child,
                              leaves_orphan, leaves_descriptor, leaves_mapping>;

// Ten tasks, each of which says that it ran.
struct count {
  static constexpr std::string_view about = "counts the tasks that ran";
  struct input {
    long tasks;
  };
  struct counted {
    long ran = 0, sum = 0;
    bool operator==(const counted&) const = default;
    std::string text() const { return fmt::format("sum {}", sum); }
  };
  static std::vector<input> sizes(bench::profile) { return {{10}}; }
  static bench::params describe(const input& in) { return {{"tasks", std::to_string(in.tasks)}}; }
  static bench::demand demand(const input& in) { return {.tasks = in.tasks, .live = in.tasks}; }
  static counted expected(const input& in) { return {in.tasks, in.tasks * (in.tasks + 1) / 2}; }
  static long completed(const counted& c) { return c.ran; }

  struct direct {
    template <class M>
    static long task(M&, long number) {
      return number;
    }
    template <class M>
    static counted run(M& m, const input& in) {
      std::vector<long> results(static_cast<std::size_t>(in.tasks));
      auto group = m.group();
      for (long i = 0; i < in.tasks; ++i) group.spawn(&results[i], bench::fn<task<M>>, i + 1);
      group.join();
      counted c;
      for (const long r : results) {
        c.ran += r != 0;
        c.sum += r;
      }
      return c;
    }
  };
  struct coroutine {};
};

const bench::model_registration<all> listed;
const bench::registration<count, all> entry{"bad/count"};

}  // namespace bad
