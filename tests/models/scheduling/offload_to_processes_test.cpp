// With offload_to=processes a blocking call of a fiber or a coroutine is made in another process.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/offload.hpp"
#include "bench/measure/cost.hpp"
#include "bench/measure/footprint.hpp"
#include "models/coroutines.hpp"
#include "models/fibers.hpp"
#include "models/support/processes/remote_failure.hpp"
#include "tests/shared/supervising_models.hpp"

namespace {

constexpr std::int64_t ms = supervising::ms;

long twice(long n) { return 2 * n; }
pid_t who(long after_ms) {
  ::usleep(static_cast<useconds_t>(after_ms) * 1000);
  return ::getpid();
}
void fail(long n) {
  if (n != 0) throw std::out_of_range{"there is no such thing"};
}
void die(long) { ::raise(SIGKILL); }
std::string text(long n) { return std::string(static_cast<std::size_t>(n), 'x'); }

// What an offloaded call of `f(n)` ends with, in words.
struct direct {
  template <class M, auto F>
  static std::string end_of(M& m, long n) try {
    bench::offload(m, bench::fn<F>, n);
    return "no error";
  } catch (const models::support::remote_error& e) {
    return e.kind() + ": " + e.what();
  } catch (const std::exception& e) {
    return e.what();
  }
  template <class M>
  static void errors(M& m, std::array<std::string, 4>& all) {
    all[0] = end_of<M, &fail>(m, 1);
    all[1] = end_of<M, &fail>(m, 0);
    all[2] = end_of<M, &die>(m, 0);
    all[3] = end_of<M, &text>(m, 3);
  }
  template <class M>
  static long sum(M& m, const long& n) {
    long all = 0;
    for (long i = 0; i < n; ++i) {
      const long value = bench::offload(m, bench::fn<&twice>, i);
      all += value;
    }
    return all;
  }
  template <class M>
  static pid_t ask(M& m, long after_ms) {
    const pid_t pid = bench::offload(m, bench::fn<&who>, after_ms);
    return pid;
  }
  template <class M>
  static long tick(M& m, long n) {
    for (long i = 0; i < n; ++i) bench::sleep_for(m, ms);
    return n;
  }
  template <class M>
  static long beside(M& m, std::vector<pid_t>& pids) {
    long ticks = 0;
    auto group = m.group();
    for (auto& pid : pids) group.spawn(&pid, bench::fn<ask<M>>, 50L);
    group.spawn(&ticks, bench::fn<tick<M>>, 10L);
    group.join();
    return ticks;
  }
};

struct coroutine {
  template <class M, auto F>
  static bench::task_of<M, std::string> end_of(M& m, long n) {
    std::string end = "no error";
    try {
      co_await bench::offload(m, bench::fn<F>, n);
    } catch (const models::support::remote_error& e) {
      end = e.kind() + ": " + e.what();
    } catch (const std::exception& e) {
      end = e.what();
    }
    co_return end;
  }
  template <class M>
  static bench::task_of<M, void> errors(M& m, std::array<std::string, 4>& all) {
    all[0] = co_await end_of<M, &fail>(m, 1);
    all[1] = co_await end_of<M, &fail>(m, 0);
    all[2] = co_await end_of<M, &die>(m, 0);
    all[3] = co_await end_of<M, &text>(m, 3);
  }
  template <class M>
  static bench::task_of<M, long> sum(M& m, const long& n) {
    long all = 0;
    for (long i = 0; i < n; ++i) {
      const long value = co_await bench::offload(m, bench::fn<&twice>, i);
      all += value;
    }
    co_return all;
  }
  template <class M>
  static bench::task_of<M, pid_t> ask(M& m, long after_ms) {
    const pid_t pid = co_await bench::offload(m, bench::fn<&who>, after_ms);
    co_return pid;
  }
  template <class M>
  static bench::task_of<M, long> tick(M& m, long n) {
    for (long i = 0; i < n; ++i) co_await bench::sleep_for(m, ms);
    co_return n;
  }
  template <class M>
  static bench::task_of<M, long> beside(M& m, std::vector<pid_t>& pids) {
    long ticks = 0;
    auto group = m.group();
    for (auto& pid : pids) group.spawn(&pid, bench::fn<ask<M>>, 50L);
    group.spawn(&ticks, bench::fn<tick<M>>, 10L);
    co_await group.join();
    co_return ticks;
  }
};

bench::settings to_processes() {
  auto s = supervising::with_workers(1);
  s.offload_to = "processes";
  s.offload_threads = 2;
  return s;
}

using both = testing::Types<models::fibers, models::coroutines>;
template <class M>
class offload_to_processes : public testing::Test {};
TYPED_TEST_SUITE(offload_to_processes, both, supervising::names);

TYPED_TEST(offload_to_processes, returns_what_the_call_returned) {
  TypeParam m{to_processes()};
  long n = 50;
  EXPECT_EQ(CONTEND_RUN(m, sum, n), 2'450);
}

TYPED_TEST(offload_to_processes, makes_calls_in_as_many_other_processes_while_other_tasks_go_on) {
  TypeParam m{to_processes()};
  std::vector<pid_t> pids(6);
  EXPECT_EQ(CONTEND_RUN(m, beside, pids), 10);
  const std::set<pid_t> different(pids.begin(), pids.end());
  EXPECT_EQ(different.size(), 2U);
  EXPECT_FALSE(different.contains(::getpid()));
}

TYPED_TEST(offload_to_processes, tells_errors_and_a_death_and_refuses_what_cannot_cross) {
  TypeParam m{to_processes()};
  for (int i = 0; i < 3; ++i) {
    std::array<std::string, 4> ends;
    CONTEND_RUN(m, errors, ends);
    EXPECT_EQ(ends[0], "std::out_of_range: there is no such thing");
    EXPECT_EQ(ends[1], "no error");
    EXPECT_THAT(ends[2], testing::MatchesRegex("worker [0-9]+ was killed by SIGKILL while it ran "
                                               "an offloaded call"));
    EXPECT_EQ(ends[3], "offload_to=processes: this result is not plain bytes, or too many");
  }
}

TYPED_TEST(offload_to_processes, leaves_nothing_behind) {
  const auto build = [] {
    TypeParam m{to_processes()};
    long n = 10;
    CONTEND_RUN(m, sum, n);
  };
  build();
  const auto before = bench::footprint::now();
  for (int i = 0; i < 10; ++i) build();
  EXPECT_EQ(bench::left_behind(before), "");
  EXPECT_TRUE(bench::live_children().empty());
}

}  // namespace
