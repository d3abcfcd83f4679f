// What semaphores promise, alone and under each model that has them.

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <deque>
#include <stdexcept>
#include <vector>

#include "bench/contract/io.hpp"
#include "tests/shared/model_suites.hpp"

namespace {

using models::support::semaphore;

static_assert(bench::cancellable<semaphore::acquire_operation>);

TEST(a_semaphore, gives_out_its_permits_in_the_order_in_which_tasks_came) {
  semaphore s{1, 100};
  ASSERT_TRUE(s.acquire().ready());
  std::deque<semaphore::acquire_operation> waits;
  std::vector<sleeper> sleepers(5);
  for (auto& sleeper : sleepers) ASSERT_TRUE(parks(waits.emplace_back(s.acquire()), sleeper));
  for (int next = 0; next < 5; ++next) {
    s.release();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(sleepers[i].woken, i <= next) << i << " of " << next;
  }
}

TEST(a_semaphore, does_not_let_a_newcomer_overtake_who_waits) {
  semaphore s{1, 100};
  ASSERT_TRUE(s.acquire().ready());
  sleeper first;
  auto waits = s.acquire();
  ASSERT_TRUE(parks(waits, first));
  s.release();
  EXPECT_EQ(first.woken, 1);
  EXPECT_FALSE(s.acquire().ready()) << "the permit has its owner, though that has not run yet";
}

TEST(a_semaphore, passes_a_permit_by_whoever_has_left_the_line) {
  semaphore s{0, 100};
  sleeper first, second;
  auto gone = s.acquire(), waits = s.acquire();
  ASSERT_TRUE(parks(gone, first));
  ASSERT_TRUE(parks(waits, second));
  EXPECT_TRUE(gone.cancel());
  EXPECT_FALSE(gone.cancel());
  s.release();
  EXPECT_EQ(first.woken, 0);
  EXPECT_EQ(second.woken, 1);
  EXPECT_FALSE(waits.cancel()) << "it has its permit";
}

TEST(a_semaphore, keeps_the_permit_when_the_only_one_who_waited_has_left) {
  semaphore s{0, 100};
  sleeper first;
  auto gone = s.acquire();
  ASSERT_TRUE(parks(gone, first));
  EXPECT_TRUE(gone.cancel());
  s.release();
  EXPECT_TRUE(s.acquire().ready());
}

template <class M>
class every_model_that_locks : public testing::Test {};
TYPED_TEST_SUITE(every_model_that_locks, models_that_lock, model_names);

// Tasks that go through a door for three, and how many were inside at a time, at most.
struct crowd {
  static constexpr long permits = 3;
  struct place {
    long inside, most, passed;
  };
  static void enter(place& p) {
    const long now = ++std::atomic_ref{p.inside};
    std::atomic_ref most{p.most};
    for (long seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
  }
  static void leave(place& p) {
    ++std::atomic_ref{p.passed};
    --std::atomic_ref{p.inside};
  }

  struct direct {
    template <class M>
    static void pass(M& m, bench::semaphore<M>* door, place* p) {
      for (int i = 0; i < 3; ++i) {
        door->acquire();
        enter(*p);
        bench::sleep_for(m, 20'000);
        leave(*p);
        door->release();
      }
    }
    template <class M>
    static place run(M& m, const long& tasks) {
      const auto door = bench::make<bench::semaphore<M>>(m, permits);
      const auto p = bench::make<place>(m);
      auto group = m.group();
      for (long i = 0; i < tasks; ++i) group.spawn(bench::fn<pass<M>>, door.get(), p.get());
      group.join();
      return *p;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> pass(M& m, bench::semaphore<M>* door, place* p) {
      for (int i = 0; i < 3; ++i) {
        co_await door->acquire();
        enter(*p);
        co_await bench::sleep_for(m, 20'000);
        leave(*p);
        door->release();
      }
    }
    template <class M>
    static bench::task_of<M, place> run(M& m, const long& tasks) {
      const auto door = bench::make<bench::semaphore<M>>(m, permits);
      const auto p = bench::make<place>(m);
      auto group = m.group();
      for (long i = 0; i < tasks; ++i) group.spawn(bench::fn<pass<M>>, door.get(), p.get());
      co_await group.join();
      co_return *p;
    }
  };
};

TYPED_TEST(every_model_that_locks, lets_as_many_in_as_there_are_permits) {
  for (const int workers : {1, 2, 4}) {
    TypeParam m{with_workers(workers)};
    const auto p = run_on<crowd>(m, 12L);
    EXPECT_EQ(p.passed, 36);
    EXPECT_EQ(p.inside, 0);
    EXPECT_GE(p.most, 1);
    EXPECT_LE(p.most, crowd::permits);
  }
}

// What a bounded semaphore says to one release too many; and that it is whole after that.
struct too_many {
  template <class M>
  static bool complains(bench::bounded_semaphore<M>& s) {
    try {
      s.release();
      return false;
    } catch (const std::logic_error&) {
      return true;
    }
  }
  struct direct {
    template <class M>
    static bool run(M& m) {
      const auto s = bench::make<bench::bounded_semaphore<M>>(m, 2);
      const bool at_once = complains<M>(*s);
      s->acquire();
      s->acquire();
      s->release();
      s->release();
      return at_once && complains<M>(*s);
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, bool> run(M& m) {
      const auto s = bench::make<bench::bounded_semaphore<M>>(m, 2);
      const bool at_once = complains<M>(*s);
      co_await s->acquire();
      co_await s->acquire();
      s->release();
      s->release();
      co_return at_once&& complains<M>(*s);
    }
  };
};

TYPED_TEST(every_model_that_locks, is_told_of_a_release_above_the_bound) {
  TypeParam m{with_workers(2)};
  EXPECT_TRUE(run_on<too_many>(m));
}

template <class M>
class every_model_that_waits : public testing::Test {};
TYPED_TEST_SUITE(every_model_that_waits, models_that_wait, model_names);

// A semaphore as a signal: who releases is not who acquires.
struct signal {
  struct direct {
    template <class M>
    static void give(M&, bench::semaphore<M>* s, long times) {
      for (long i = 0; i < times; ++i) s->release();
    }
    template <class M>
    static long run(M& m, const long& times) {
      const auto s = bench::make<bench::semaphore<M>>(m, 0);
      auto group = m.group();
      group.spawn(bench::fn<give<M>>, s.get(), times);
      for (long i = 0; i < times; ++i) s->acquire();
      group.join();
      return times;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> give(M&, bench::semaphore<M>* s, long times) {
      for (long i = 0; i < times; ++i) s->release();
      co_return;
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, const long& times) {
      const auto s = bench::make<bench::semaphore<M>>(m, 0);
      auto group = m.group();
      group.spawn(bench::fn<give<M>>, s.get(), times);
      for (long i = 0; i < times; ++i) co_await s->acquire();
      co_await group.join();
      co_return times;
    }
  };
};

TYPED_TEST(every_model_that_waits, can_release_what_another_task_acquires) {
  for (const int workers : {1, 2}) {
    TypeParam m{with_workers(workers)};
    EXPECT_EQ(run_on<signal>(m, 1'000L), 1'000);
  }
}

using models::processes;

void dies_inside(processes&, bench::bounded_semaphore<processes>* s) {
  s->acquire();
  ::raise(SIGKILL);
}

long tries(processes&, bench::bounded_semaphore<processes>* s) {
  try {
    s->acquire();
  } catch (const models::support::process_died&) {
    return 1;
  }
  s->release();
  return 0;
}

long sum_of_errors(processes& m, bench::bounded_semaphore<processes>* s, long tasks) {
  std::vector<long> errors(static_cast<std::size_t>(tasks));
  auto group = m.group();
  for (auto& error : errors) group.spawn(&error, bench::fn<tries>, s);
  group.join();
  long sum = 0;
  for (const long error : errors) sum += error;
  return sum;
}

TEST(a_bounded_semaphore_of_processes,
     is_an_error_to_the_next_when_its_holder_has_died_and_then_whole) {
  processes m{with_workers(2)};
  const auto s = bench::make<bench::bounded_semaphore<processes>>(m, 1);
  {
    auto group = m.group();
    group.spawn(bench::fn<dies_inside>, s.get());
    EXPECT_THROW(group.join(), models::support::process_died);
  }
  EXPECT_EQ(sum_of_errors(m, s.get(), 6), 1);
  EXPECT_EQ(sum_of_errors(m, s.get(), 6), 0);
}

}  // namespace
