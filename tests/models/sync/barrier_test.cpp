// What barriers promise, alone and under each model whose tasks may wait.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <vector>

#include "bench/contract/io.hpp"
#include "tests/shared/model_suites.hpp"
#include "tests/shared/seed.hpp"

namespace {

using models::support::barrier;

static_assert(bench::cancellable<barrier::arrive_operation>);

TEST(a_barrier, lets_all_go_when_the_last_arrives_and_tells_it) {
  barrier b{3};
  std::vector<sleeper> sleepers(2);
  auto first = b.arrive_and_wait(), second = b.arrive_and_wait(), last = b.arrive_and_wait();
  ASSERT_TRUE(parks(first, sleepers[0]));
  ASSERT_TRUE(parks(second, sleepers[1]));
  EXPECT_EQ(sleepers[0].woken + sleepers[1].woken, 0);
  EXPECT_TRUE(last.ready());
  EXPECT_EQ(sleepers[0].woken + sleepers[1].woken, 2);
  EXPECT_TRUE(last.result());
  EXPECT_FALSE(first.result());
  EXPECT_FALSE(second.result());
}

TEST(a_barrier, of_one_never_waits) {
  barrier b{1};
  for (int i = 0; i < 3; ++i) {
    auto alone = b.arrive_and_wait();
    EXPECT_TRUE(alone.ready());
    EXPECT_TRUE(alone.result());
  }
}

TEST(a_barrier, does_not_count_who_has_left_it) {
  barrier b{2};
  sleeper gone, stays;
  auto leaves = b.arrive_and_wait();
  ASSERT_TRUE(parks(leaves, gone));
  EXPECT_TRUE(leaves.cancel());
  auto waits = b.arrive_and_wait();
  ASSERT_TRUE(parks(waits, stays)) << "it is the first again";
  EXPECT_TRUE(b.arrive_and_wait().ready());
  EXPECT_EQ(gone.woken, 0);
  EXPECT_EQ(stays.woken, 1);
  EXPECT_FALSE(waits.cancel());
}

TEST(a_barrier, begins_a_new_round_while_the_last_one_still_wakes_up) {
  barrier b{2};
  std::vector<sleeper> sleepers(2);
  auto slow = b.arrive_and_wait();
  ASSERT_TRUE(parks(slow, sleepers[0]));
  EXPECT_TRUE(b.arrive_and_wait().ready());
  auto fast = b.arrive_and_wait();  // in the second round, before the other has left the first
  EXPECT_TRUE(parks(fast, sleepers[1]));
  EXPECT_EQ(sleepers[1].woken, 0);
}

template <class M>
class every_model_that_waits : public testing::Test {};
TYPED_TEST_SUITE(every_model_that_waits, models_that_wait, model_names);

// Each task writes the number of the round and, behind the barrier, looks whether all have.
struct rounds {
  static constexpr long parties = 5;
  template <class M>
  struct hall {
    bench::barrier<M> written{parties}, read{parties};
    long slots[parties] = {};
    long last = 0;
  };
  template <class M>
  static bool all_are(const hall<M>& h, long round) {
    for (const long slot : h.slots)
      if (slot != round) return false;
    return true;
  }

  struct direct {
    template <class M>
    static long take_part(M&, hall<M>* h, long which, long times, unsigned seed) {
      std::minstd_rand random{seed};
      long right = 0;
      for (long round = 1; round <= times; ++round) {
        h->slots[which] = round;
        M::wait(sometimes_a_turn{random});
        bool last = h->written.arrive_and_wait();
        if (last) ++h->last;
        right += all_are<M>(*h, round);
        M::wait(sometimes_a_turn{random});
        h->read.arrive_and_wait();
      }
      return right;
    }
    template <class M>
    static long run(M& m, const long& times, const unsigned& seed) {
      const auto h = bench::make<hall<M>>(m);
      auto right = m.template buffer<long>(parties);
      auto group = m.group();
      for (long i = 0; i < parties; ++i)
        group.spawn(&right[i], bench::fn<take_part<M>>, h.get(), i, times,
                    seed + static_cast<unsigned>(i));
      group.join();
      long sum = h->last == times ? 0 : -1'000'000;
      for (const long r : right) sum += r;
      return sum;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, long> take_part(M&, hall<M>* h, long which, long times,
                                             unsigned seed) {
      std::minstd_rand random{seed};
      long right = 0;
      for (long round = 1; round <= times; ++round) {
        h->slots[which] = round;
        co_await M::wait(sometimes_a_turn{random});
        bool last = co_await h->written.arrive_and_wait();
        if (last) ++h->last;
        right += all_are<M>(*h, round);
        co_await M::wait(sometimes_a_turn{random});
        co_await h->read.arrive_and_wait();
      }
      co_return right;
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, const long& times, const unsigned& seed) {
      const auto h = bench::make<hall<M>>(m);
      auto right = m.template buffer<long>(parties);
      auto group = m.group();
      for (long i = 0; i < parties; ++i)
        group.spawn(&right[i], bench::fn<take_part<M>>, h.get(), i, times,
                    seed + static_cast<unsigned>(i));
      co_await group.join();
      long sum = h->last == times ? 0 : -1'000'000;
      for (const long r : right) sum += r;
      co_return sum;
    }
  };
};

TYPED_TEST(every_model_that_waits, keeps_its_tasks_in_step_for_many_rounds) {
  const unsigned seed = new_seed();
  SCOPED_TRACE(replay(seed));
  constexpr long times = 200;
  for (const int workers : {1, 2, 4}) {
    TypeParam m{with_workers(workers)};
    EXPECT_EQ(run_on<rounds>(m, times, seed), times * rounds::parties);
    EXPECT_EQ(run_on<rounds>(m, times, seed), times * rounds::parties) << "a second crew";
  }
}

using models::processes;

bool sleeps(pid_t pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/stat"};
  std::string number, name, state;
  in >> number >> name >> state;
  return state == "S";
}

void is_killed_between_rounds(processes&, bench::barrier<processes>* b) {
  b->arrive_and_wait();
  ::raise(SIGKILL);
}

void is_killed_while_it_waits(processes&, bench::barrier<processes>* b) {
  const pid_t self = ::getpid();
  if (::fork() == 0) {  // kills its parent once that has slept for a while
    for (int seen = 0; seen < 20; ::usleep(1'000)) seen = sleeps(self) ? seen + 1 : 0;
    ::kill(self, SIGKILL);
    ::_exit(0);
  }
  b->arrive_and_wait();
}

long goes_on(processes&, bench::barrier<processes>* b, long rounds) {
  for (long i = 0; i < rounds; ++i) try {
      b->arrive_and_wait();
    } catch (const models::support::process_died&) {
      return i;
    }
  return rounds;
}

TEST(a_barrier_of_processes, breaks_when_a_party_dies_between_two_rounds) {
  processes m{with_workers(2)};
  const auto b = bench::make<bench::barrier<processes>>(m, 2);
  long through = -1;
  auto group = m.group();
  group.spawn(&through, bench::fn<goes_on>, b.get(), 5L);
  group.spawn(bench::fn<is_killed_between_rounds>, b.get());
  EXPECT_THROW(group.join(), models::support::process_died);
  EXPECT_EQ(through, 1) << "the first round was whole, the second is an error and not a hang";
}

TEST(a_barrier_of_processes, breaks_when_a_party_dies_while_it_waits) {
  processes m{with_workers(2)};
  const auto b = bench::make<bench::barrier<processes>>(m, 3);
  long through = -1;
  auto group = m.group();
  group.spawn(&through, bench::fn<goes_on>, b.get(), 5L);
  group.spawn(bench::fn<is_killed_while_it_waits>, b.get());
  EXPECT_THROW(group.join(), models::support::process_died);
  EXPECT_EQ(through, 0);
}

}  // namespace
