// A benchmark binary whose truth is known: a wait of 1,000,000 steps, the same again under another
// name, and one of exactly 1.20 times as many. What the measurement is tested with.

#include <string>
#include <string_view>

#include "bench/registry/register.hpp"
#include "models/support/base/group.hpp"

namespace busy {

// Each step needs the one before, so that they take the same time whatever runs beside them.
[[gnu::noinline]] unsigned long wait(long steps) {
  unsigned long x = 1;
  for (long i = 0; i < steps; ++i) {
    x = x * 3 + 1;
    asm volatile("" : "+r"(x));
  }
  return x;
}

template <class Derived, long Percent>
class waiting : public bench::heap {
 public:
  static constexpr std::string_view about = "waits busily";
  static constexpr bench::abilities can{};
  static std::optional<std::string> cannot(const bench::demand&, const bench::settings&) {
    return std::nullopt;
  }
  explicit waiting(const bench::settings&) {}

  class task_group : public models::support::spawner<task_group, Derived> {
   public:
    explicit task_group(Derived& m) : m_{m} {}
    void start(const auto& call) { call(m_); }
    void join() {}

   private:
    Derived& m_;
  };
  task_group group() { return task_group{static_cast<Derived&>(*this)}; }

  template <bench::task_body Body, class... Args>
  auto run(Body body, Args&... args) {
    return body(static_cast<Derived&>(*this), args...);
  }
  static constexpr long percent = Percent;
};

#define WAITING(title, percent)                      \
  struct title : waiting<title, percent> {           \
    static constexpr std::string_view name = #title; \
    using waiting::waiting;                          \
  }
WAITING(wait_100, 100);
WAITING(wait_100_again, 100);
WAITING(wait_120, 120);
#undef WAITING
using all = bench::model_list<wait_100, wait_100_again, wait_120>;

struct known {
  static constexpr std::string_view about = "waits for a known number of steps";
  struct input {
    long steps;
  };
  static std::vector<input> sizes(bench::profile p) {
    return {{p == bench::profile::smallest ? 100'000L : 1'000'000L}};
  }
  static bench::params describe(const input& in) { return {{"steps", std::to_string(in.steps)}}; }
  static bench::demand demand(const input&) { return {.tasks = 1, .live = 1}; }
  static int expected(const input&) { return 1; }

  struct direct {
    template <class M>
    static int run(M&, const input& in) {
      return wait(in.steps * M::percent / 100) != 0 ? 1 : 0;
    }
  };
  struct coroutine {};
};

const bench::model_registration<all> listed;
const bench::registration<known, all> entry{"busy/known"};

}  // namespace busy
