// A pool that works for ten seconds while one of its workers, chosen at random, is killed each
// second. Takes that long.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "bench/base/process_tree.hpp"
#include "bench/measure/cost.hpp"
#include "models/process_pool.hpp"
#include "models/support/processes/process.hpp"
#include "tests/shared/seed.hpp"

namespace {

using clock = std::chrono::steady_clock;
using models::process_pool;

constexpr long steps = 1'000'000;

// Work of some 500 us, so that a worker is amid a task nearly always, whose answer can be told
// without it.
long task(process_pool&, long n) {
  long sum = 0;
  for (long i = 0; i < steps; ++i) {
    sum += n + i;
    asm volatile("" : "+r"(sum));
  }
  return sum;
}
long expected(long n) { return steps * n + steps * (steps - 1) / 2; }

// A process that kills a child of ours each second, itself apart, and counts.
pid_t start_killer(unsigned seed, int* kills) {
  const pid_t killer = models::support::fork_child();
  if (killer != 0) return killer;
  std::mt19937 random{seed};
  for (;; ::sleep(1)) {
    ::usleep(static_cast<useconds_t>(random() % 1'000));
    auto victims = bench::descendants_of(::getppid());
    std::erase(victims, ::getpid());
    if (!victims.empty() && ::kill(victims[random() % victims.size()], SIGKILL) == 0) ++*kills;
  }
}

TEST(a_pool_under_fire, finishes_with_all_other_answers_right_and_names_the_failed) {
  const auto seed = new_seed();
  SCOPED_TRACE(replay(seed));
  {
    bench::settings settings;
    settings.workers = 3;
    process_pool m{settings};
    auto kills = m.buffer<int>(1);
    const pid_t killer = start_killer(seed, kills.data());
    long given = 0, right = 0, wrong = 0;
    std::vector<std::string> failed;
    const auto start = clock::now();
    while (clock::now() - start < std::chrono::seconds{10}) {
      std::vector<long> items(100);
      for (auto& item : items) item = given++;
      auto results = m.imap(bench::fn<task>, items, 5);
      for (const long item : items) try {
          (results.next() == expected(item) ? right : wrong) += 1;
        } catch (const models::support::process_died& e) {
          failed.push_back(fmt::format("task {}: {}", item, e.what()));
        }
    }
    ::kill(killer, SIGKILL);
    models::support::reap(killer);
    for (const auto& why : failed) fmt::print("{}\n", why);
    fmt::print("{} tasks, {} right, {} wrong, {} failed, {} kills\n", given, right, wrong,
               failed.size(), kills[0]);
    EXPECT_GE(kills[0], 8);
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(right + static_cast<long>(failed.size()), given);
    EXPECT_GT(failed.size(), 0U);
    EXPECT_LE(failed.size(), 5U * static_cast<unsigned>(kills[0]));  // a chunk each, at the most
    for (const auto& why : failed)
      EXPECT_THAT(why,
                  testing::MatchesRegex("task [0-9]+: worker [0-9]+ was killed by SIGKILL while "
                                        "it ran items [0-9]+ to [0-9]+ of imap"));
    EXPECT_EQ(m.apply(bench::fn<task>, 1L), expected(1));
    EXPECT_EQ(bench::live_children().size(), 3U);
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
