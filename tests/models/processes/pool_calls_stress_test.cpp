// Calls of all kinds under way at once, some of which fail, in pools whose workers are killed and
// replaced meanwhile: each call ends, once, with its own answer or its own error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bench/base/process_tree.hpp"
#include "bench/base/sanitizer.hpp"
#include "bench/measure/cost.hpp"
#include "models/process_pool.hpp"
#include "tests/shared/seed.hpp"

namespace {

using models::process_pool;
using models::support::process_died;
using models::support::remote_error;

// Takes a while that depends on `n`; every 41st fails.
long task(process_pool&, long n) {
  for (long i = 0; i < n % 97 * 100; ++i) asm volatile("");
  if (n % 41 == 40) throw std::domain_error{std::to_string(n)};
  return 3 * n;
}
bool fails(long n) { return n % 41 == 40; }

class storm {
 public:
  storm(unsigned seed, const char* method) : random_{seed}, m_{settings(method)} {}

  void run(int rounds) {
    for (int i = 0; i < rounds && !testing::Test::HasFailure(); ++i) {
      switch (pick(7)) {
        case 0:
          apply();
          break;
        case 1:
        case 2:
          start_call();
          break;
        case 3:
          start_imap();
          break;
        case 4:
          map();
          break;
        case 5:
          take_some();
          break;
        case 6:
          if (pick(4) == 0) kill();
          break;
      }
    }
    while (!imaps_.empty()) take_some();
    m_.close();
    m_.join();
    EXPECT_EQ(called_, calls_);
    EXPECT_LE(died_, kills_);
  }

 private:
  bench::settings settings(const char* method) {
    bench::settings s;
    s.workers = 1 + pick(4);
    s.max_tasks_per_child = pick(2) * 37;
    s.spin = pick(2) * 500;
    s.start_method = method;
    return s;
  }
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  void right(long n, long result) {
    EXPECT_EQ(result, 3 * n);
    EXPECT_FALSE(fails(n));
  }
  // An error that is n's own; or, with others' in its chunk, that of one of them.
  void wrong(long first, long last, const std::exception& e) {
    if (const auto* own = dynamic_cast<const remote_error*>(&e)) {
      EXPECT_EQ(own->kind(), "std::domain_error");
      const long n = std::stol(e.what());
      EXPECT_TRUE(fails(n) && first <= n && n <= last) << e.what();
    } else {
      EXPECT_NE(dynamic_cast<const process_died*>(&e), nullptr) << e.what();
      EXPECT_THAT(e.what(), testing::HasSubstr("SIGKILL"));
    }
  }

  void apply() try {
    const long n = next_++;
    right(n, m_.apply(bench::fn<task>, n));
  } catch (const std::exception& e) {
    if (dynamic_cast<const process_died*>(&e) != nullptr) ++died_;
    wrong(next_ - 1, next_ - 1, e);
  }

  void start_call() {
    const long n = next_++;
    ++calls_;
    m_.apply_async({.callback =
                        [this, n](long result) {
                          ++called_;
                          right(n, result);
                        },
                    .error_callback =
                        [this, n](const std::exception& e) {
                          ++called_;
                          if (dynamic_cast<const process_died*>(&e) != nullptr) ++died_;
                          wrong(n, n, e);
                        }},
                   bench::fn<task>, n);
  }

  std::vector<long> items() {
    std::vector<long> all(static_cast<std::size_t>(pick(200)));
    for (auto& n : all) n = next_++;
    return all;
  }

  void map() {
    const auto all = items();
    try {
      const auto results = m_.map(bench::fn<task>, all, static_cast<std::size_t>(pick(20)));
      for (std::size_t i = 0; i < all.size(); ++i) right(all[i], results[i]);
    } catch (const std::exception& e) {
      if (dynamic_cast<const process_died*>(&e) != nullptr) ++died_;
      wrong(all.front(), all.back(), e);
    }
  }

  struct running_imap {
    std::vector<long> items;
    models::support::imap_results<long, long> results;
    std::size_t taken = 0;
  };
  void start_imap() {
    auto all = items();
    auto results = m_.imap(bench::fn<task>, all);
    imaps_.push_back({std::move(all), std::move(results)});
  }
  // Of the oldest imap: some results, or what is left, or no more.
  void take_some() {
    if (imaps_.empty()) return;
    auto& [all, results, taken] = imaps_.front();
    for (int n = pick(50); n >= 0; --n) try {
        const auto result = results.next();
        if (!result) {
          EXPECT_EQ(taken, all.size());
          imaps_.pop_front();
          return;
        }
        right(all[taken++], *result);
      } catch (const std::exception& e) {
        if (dynamic_cast<const process_died*>(&e) != nullptr) ++died_;
        wrong(all[taken], all[taken], e);
        ++taken;
      }
    if (pick(10) == 0) imaps_.pop_front();
  }

  void kill() {
    // With a fork server its children, and now and then itself.
    const auto victims = bench::descendants_of(::getpid());
    if (victims.empty()) return;
    ::kill(victims[static_cast<std::size_t>(pick(static_cast<int>(victims.size())))], SIGKILL);
    kills_ += 4;  // a fork server takes its workers with it
  }

  std::mt19937 random_;
  process_pool m_;
  long next_ = 0;
  int calls_ = 0, called_ = 0, kills_ = 0, died_ = 0;
  std::deque<running_imap> imaps_;
};

class pool_calls_stress : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(by, pool_calls_stress, testing::Values("fork", "forkserver", "spawn"),
                         [](const auto& method) { return std::string{method.param}; });

TEST_P(pool_calls_stress, each_call_ends_once_with_its_own_answer_or_error) {
  const auto seed = new_seed();
  SCOPED_TRACE(replay(seed));
  // A spawned worker takes milliseconds to start, and many are started here.
  const int storms = bench::sanitized || GetParam() == std::string{"spawn"} ? 2 : 15;
  for (int i = 0; i < storms && !HasFailure(); ++i)
    storm{seed + static_cast<unsigned>(i), GetParam()}.run(300);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
