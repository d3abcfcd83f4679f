// Scopes: their tasks are watched one by one, and none outlives them.

#include "bench/contract/supervision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/operations.hpp"
#include "tests/shared/supervising_models.hpp"

namespace {

using supervising::ms;
using supervising::with_workers;
using state = bench::task_state;
using testing::ElementsAre;

// What the tasks of a test leave behind for it to look at.
struct trace {
  std::vector<std::size_t> order;
  std::vector<state> states;
  std::atomic<int> ended = 0;
  std::string error;
  bool flag = false;
};

struct direct {
  template <class M>
  static int sleep(M& m, std::int64_t ns, int value) {
    bench::sleep_for(m, ns);
    return value;
  }
  template <class M>
  static void fail_after(M& m, std::int64_t ns) {
    bench::sleep_for(m, ns);
    throw std::runtime_error{"failed on purpose"};
  }
  template <class M>
  static void sleep_long_and_clean_up(M& m, std::atomic<int>* ended) {
    try {
      bench::sleep_for(m, 60'000 * ms);
    } catch (const bench::cancelled&) {
      ++*ended;
      throw;
    }
  }

  template <class M>
  static void in_order(M&, bench::scope_of<M>& scope, trace* t) {
    scope.spawn(bench::fn<sleep<M>>, 60 * ms, 0);
    scope.spawn(bench::fn<sleep<M>>, 20 * ms, 0);
    scope.spawn(bench::fn<sleep<M>>, 40 * ms, 0);
    for (int i = 0; i < 3; ++i) {
      const auto done = scope.next();
      t->order.push_back(done.index());
      t->states.push_back(done.state());
    }
    const auto none = scope.next();
    t->flag = !none;
  }
  template <class M>
  static void ends_in_order(M& m, trace& t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<in_order<M>>, &t);
  }

  template <class M>
  static void for_a_while(M&, bench::scope_of<M>& scope, trace* t) {
    int value = 0;
    const auto quick = scope.spawn(&value, bench::fn<sleep<M>>, 1 * ms, 7);
    const auto slow = scope.spawn(bench::fn<sleep<M>>, 200 * ms, 0);
    const bool all = scope.join_for(50 * ms);
    t->flag = all;
    t->states = {quick.state(), slow.state()};
    t->order.push_back(static_cast<std::size_t>(value));
    const bool all_in_time = scope.join_for(60'000 * ms);
    t->ended = all_in_time ? 1 : 0;
    t->states.push_back(slow.state());
  }
  template <class M>
  static void joins_for_a_while(M& m, trace& t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<for_a_while<M>>, &t);
  }

  template <class M>
  static void one_fails(M&, bench::scope_of<M>& scope, trace* t) {
    const auto waits = scope.spawn(bench::fn<sleep_long_and_clean_up<M>>, &t->ended);
    const auto fails = scope.spawn(bench::fn<fail_after<M>>, 5 * ms);
    t->flag = true;
    t->states.resize(2);
    fails.on_done([t](state s) { t->states[0] = s; });
    waits.on_done([t](state s) { t->states[1] = s; });
    scope.join();
  }
  template <class M>
  static void failure_cancels(M& m, trace& t) {
    m.with_scope(bench::on_failure::cancel, bench::fn<one_fails<M>>, &t);
  }

  template <class M>
  static void some_fail(M&, bench::scope_of<M>& scope, trace* t) {
    int value = 0;
    scope.spawn(bench::fn<fail_after<M>>, 1 * ms);
    scope.spawn(&value, bench::fn<sleep<M>>, 20 * ms, 7);
    try {
      scope.join();
    } catch (const std::exception& e) {
      t->error = e.what();
    }
    t->order.push_back(static_cast<std::size_t>(value));
  }
  template <class M>
  static void failure_waits_for_the_joiner(M& m, trace& t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<some_fail<M>>, &t);
  }

  template <class M>
  static void nobody_looks(M&, bench::scope_of<M>& scope) {
    scope.spawn(bench::fn<fail_after<M>>, 1 * ms);
    scope.spawn(bench::fn<fail_after<M>>, 2 * ms);
    return;
  }
  template <class M>
  static void unseen_error(M& m) {
    m.with_scope(bench::on_failure::go_on, bench::fn<nobody_looks<M>>);
  }

  template <class M>
  static void each_looked_at(M&, bench::scope_of<M>& scope, int* seen) {
    for (int i = 0; i < 3; ++i) scope.spawn(bench::fn<fail_after<M>>, i * ms);
    for (int i = 0; i < 3; ++i) {
      const auto done = scope.next();
      try {
        done.check();
      } catch (const std::exception&) {
        ++*seen;
      }
    }
  }
  template <class M>
  static int seen_errors(M& m) {
    int seen = 0;
    m.with_scope(bench::on_failure::go_on, bench::fn<each_looked_at<M>>, &seen);
    return seen;
  }

  template <class M>
  static void body_throws(M& m, bench::scope_of<M>& scope, trace* t) {
    for (int i = 0; i < 3; ++i) scope.spawn(bench::fn<sleep_long_and_clean_up<M>>, &t->ended);
    bench::sleep_for(m, 10 * ms);
    throw std::logic_error{"the body's own"};
  }
  template <class M>
  static void body_that_throws(M& m, trace& t) {
    try {
      m.with_scope(bench::on_failure::go_on, bench::fn<body_throws<M>>, &t);
    } catch (const std::logic_error& e) {
      t.error = e.what();
      t.order.push_back(static_cast<std::size_t>(t.ended.load()));
    }
  }

  template <class M>
  static int waits_not(M&, bench::scope_of<M>& scope, int* value) {
    scope.spawn(value, bench::fn<sleep<M>>, 10 * ms, 7);
    return 35;
  }
  template <class M>
  static int result_after_all(M& m) {
    int value = 0;
    const int own = m.with_scope(bench::on_failure::cancel, bench::fn<waits_not<M>>, &value);
    return own + value;
  }

  template <class M>
  static void on_dones(M&, bench::scope_of<M>& scope, trace* t) {
    const auto task = scope.spawn(bench::fn<sleep<M>>, 10 * ms, 0);
    task.on_done([t](state s) { t->states.push_back(s); });
    scope.join();
    t->states.push_back(task.state());
    task.on_done([t](state s) { t->states.push_back(s); });
    t->flag = t->states.size() == 3;
  }
  template <class M>
  static void calls_back(M& m, trace& t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<on_dones<M>>, &t);
  }

  template <class M>
  static void many(M&, bench::scope_of<M>& scope, long* sum) {
    std::vector<int> values(1'000);
    for (int i = 0; i < 1'000; ++i) scope.spawn(&values[i], bench::fn<sleep<M>>, i % 7 * 1'000, i);
    for (;;) {
      const auto done = scope.next();
      if (!done) break;
      *sum += values[done.index()];
    }
  }
  template <class M>
  static long many_tasks(M& m) {
    long sum = 0;
    m.with_scope(bench::on_failure::cancel, bench::fn<many<M>>, &sum);
    return sum;
  }
};

struct coroutine {
  template <class M>
  static bench::task_of<M, int> sleep(M& m, std::int64_t ns, int value) {
    co_await bench::sleep_for(m, ns);
    co_return value;
  }
  template <class M>
  static bench::task_of<M, void> fail_after(M& m, std::int64_t ns) {
    co_await bench::sleep_for(m, ns);
    throw std::runtime_error{"failed on purpose"};
  }
  template <class M>
  static bench::task_of<M, void> sleep_long_and_clean_up(M& m, std::atomic<int>* ended) {
    try {
      co_await bench::sleep_for(m, 60'000 * ms);
    } catch (const bench::cancelled&) {
      ++*ended;
      throw;
    }
  }

  template <class M>
  static bench::task_of<M, void> in_order(M&, bench::scope_of<M>& scope, trace* t) {
    scope.spawn(bench::fn<sleep<M>>, 60 * ms, 0);
    scope.spawn(bench::fn<sleep<M>>, 20 * ms, 0);
    scope.spawn(bench::fn<sleep<M>>, 40 * ms, 0);
    for (int i = 0; i < 3; ++i) {
      const auto done = co_await scope.next();
      t->order.push_back(done.index());
      t->states.push_back(done.state());
    }
    const auto none = co_await scope.next();
    t->flag = !none;
  }
  template <class M>
  static bench::task_of<M, void> ends_in_order(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<in_order<M>>, &t);
  }

  template <class M>
  static bench::task_of<M, void> for_a_while(M&, bench::scope_of<M>& scope, trace* t) {
    int value = 0;
    const auto quick = scope.spawn(&value, bench::fn<sleep<M>>, 1 * ms, 7);
    const auto slow = scope.spawn(bench::fn<sleep<M>>, 200 * ms, 0);
    const bool all = co_await scope.join_for(50 * ms);
    t->flag = all;
    t->states = {quick.state(), slow.state()};
    t->order.push_back(static_cast<std::size_t>(value));
    const bool all_in_time = co_await scope.join_for(60'000 * ms);
    t->ended = all_in_time ? 1 : 0;
    t->states.push_back(slow.state());
  }
  template <class M>
  static bench::task_of<M, void> joins_for_a_while(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<for_a_while<M>>, &t);
  }

  template <class M>
  static bench::task_of<M, void> one_fails(M&, bench::scope_of<M>& scope, trace* t) {
    const auto waits = scope.spawn(bench::fn<sleep_long_and_clean_up<M>>, &t->ended);
    const auto fails = scope.spawn(bench::fn<fail_after<M>>, 5 * ms);
    t->flag = true;
    t->states.resize(2);
    fails.on_done([t](state s) { t->states[0] = s; });
    waits.on_done([t](state s) { t->states[1] = s; });
    co_await scope.join();
  }
  template <class M>
  static bench::task_of<M, void> failure_cancels(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::cancel, bench::fn<one_fails<M>>, &t);
  }

  template <class M>
  static bench::task_of<M, void> some_fail(M&, bench::scope_of<M>& scope, trace* t) {
    int value = 0;
    scope.spawn(bench::fn<fail_after<M>>, 1 * ms);
    scope.spawn(&value, bench::fn<sleep<M>>, 20 * ms, 7);
    try {
      co_await scope.join();
    } catch (const std::exception& e) {
      t->error = e.what();
    }
    t->order.push_back(static_cast<std::size_t>(value));
  }
  template <class M>
  static bench::task_of<M, void> failure_waits_for_the_joiner(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<some_fail<M>>, &t);
  }

  template <class M>
  static bench::task_of<M, void> nobody_looks(M&, bench::scope_of<M>& scope) {
    scope.spawn(bench::fn<fail_after<M>>, 1 * ms);
    scope.spawn(bench::fn<fail_after<M>>, 2 * ms);
    co_return;
  }
  template <class M>
  static bench::task_of<M, void> unseen_error(M& m) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<nobody_looks<M>>);
  }

  template <class M>
  static bench::task_of<M, void> each_looked_at(M&, bench::scope_of<M>& scope, int* seen) {
    for (int i = 0; i < 3; ++i) scope.spawn(bench::fn<fail_after<M>>, i * ms);
    for (int i = 0; i < 3; ++i) {
      const auto done = co_await scope.next();
      try {
        done.check();
      } catch (const std::exception&) {
        ++*seen;
      }
    }
  }
  template <class M>
  static bench::task_of<M, int> seen_errors(M& m) {
    int seen = 0;
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<each_looked_at<M>>, &seen);
    co_return seen;
  }

  template <class M>
  static bench::task_of<M, void> body_throws(M& m, bench::scope_of<M>& scope, trace* t) {
    for (int i = 0; i < 3; ++i) scope.spawn(bench::fn<sleep_long_and_clean_up<M>>, &t->ended);
    co_await bench::sleep_for(m, 10 * ms);
    throw std::logic_error{"the body's own"};
  }
  template <class M>
  static bench::task_of<M, void> body_that_throws(M& m, trace& t) {
    try {
      co_await m.with_scope(bench::on_failure::go_on, bench::fn<body_throws<M>>, &t);
    } catch (const std::logic_error& e) {
      t.error = e.what();
      t.order.push_back(static_cast<std::size_t>(t.ended.load()));
    }
  }

  template <class M>
  static bench::task_of<M, int> waits_not(M&, bench::scope_of<M>& scope, int* value) {
    scope.spawn(value, bench::fn<sleep<M>>, 10 * ms, 7);
    co_return 35;
  }
  template <class M>
  static bench::task_of<M, int> result_after_all(M& m) {
    int value = 0;
    const int own =
        co_await m.with_scope(bench::on_failure::cancel, bench::fn<waits_not<M>>, &value);
    co_return own + value;
  }

  template <class M>
  static bench::task_of<M, void> on_dones(M&, bench::scope_of<M>& scope, trace* t) {
    const auto task = scope.spawn(bench::fn<sleep<M>>, 10 * ms, 0);
    task.on_done([t](state s) { t->states.push_back(s); });
    co_await scope.join();
    t->states.push_back(task.state());
    task.on_done([t](state s) { t->states.push_back(s); });
    t->flag = t->states.size() == 3;
  }
  template <class M>
  static bench::task_of<M, void> calls_back(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<on_dones<M>>, &t);
  }

  template <class M>
  static bench::task_of<M, void> many(M&, bench::scope_of<M>& scope, long* sum) {
    std::vector<int> values(1'000);
    for (int i = 0; i < 1'000; ++i) scope.spawn(&values[i], bench::fn<sleep<M>>, i % 7 * 1'000, i);
    for (;;) {
      const auto done = co_await scope.next();
      if (!done) break;
      *sum += values[done.index()];
    }
  }
  template <class M>
  static bench::task_of<M, long> many_tasks(M& m) {
    long sum = 0;
    co_await m.with_scope(bench::on_failure::cancel, bench::fn<many<M>>, &sum);
    co_return sum;
  }
};

template <class M>
class supervision : public testing::Test {
 protected:
  M m{with_workers(2)};
  trace t;
};
TYPED_TEST_SUITE(supervision, supervising::models_, supervising::names);

TYPED_TEST(supervision, next_hands_out_each_task_once_in_the_order_in_which_they_end) {
  CONTEND_RUN(this->m, ends_in_order, this->t);
  EXPECT_THAT(this->t.order, ElementsAre(1, 2, 0));
  EXPECT_THAT(this->t.states, testing::Each(state::done));
  EXPECT_TRUE(this->t.flag) << "there was a fourth";
}

TYPED_TEST(supervision,
           a_join_that_runs_out_of_time_tells_who_is_done_and_takes_nothing_from_the_rest) {
  CONTEND_RUN(this->m, joins_for_a_while, this->t);
  EXPECT_FALSE(this->t.flag);
  EXPECT_THAT(this->t.states, ElementsAre(state::done, state::running, state::done));
  EXPECT_THAT(this->t.order, ElementsAre(7)) << "a result is there as soon as its task is done";
  EXPECT_EQ(this->t.ended, 1);
}

TYPED_TEST(supervision, the_first_failure_cancels_the_siblings_and_is_thrown_when_they_have_ended) {
  EXPECT_THROW(CONTEND_RUN(this->m, failure_cancels, this->t), std::runtime_error);
  EXPECT_EQ(this->t.ended, 1) << "the sibling was not cancelled, or not waited for";
  EXPECT_THAT(this->t.states, ElementsAre(state::failed, state::cancelled));
}

TYPED_TEST(supervision, a_failure_that_may_be_left_alone_waits_for_the_joiner) {
  CONTEND_RUN(this->m, failure_waits_for_the_joiner, this->t);
  EXPECT_EQ(this->t.error, "failed on purpose");
  EXPECT_THAT(this->t.order, ElementsAre(7)) << "the sibling should have run to its end";
}

TYPED_TEST(supervision, an_error_that_nobody_has_seen_is_thrown_at_the_scopes_end) {
  EXPECT_THROW(CONTEND_RUN(this->m, unseen_error), std::runtime_error);
}

TYPED_TEST(supervision, errors_that_somebody_has_seen_are_not_thrown_again) {
  EXPECT_EQ(CONTEND_RUN(this->m, seen_errors), 3);
}

TYPED_TEST(supervision, a_body_that_throws_cancels_its_tasks_and_leaves_when_they_have_ended) {
  CONTEND_RUN(this->m, body_that_throws, this->t);
  EXPECT_EQ(this->t.error, "the body's own");
  EXPECT_THAT(this->t.order, ElementsAre(3));
}

TYPED_TEST(supervision, a_scopes_result_is_there_when_all_its_tasks_have_ended) {
  EXPECT_EQ(CONTEND_RUN(this->m, result_after_all), 42);
}

TYPED_TEST(supervision,
           a_callback_comes_before_the_joiner_goes_on_and_at_once_where_it_is_too_late) {
  CONTEND_RUN(this->m, calls_back, this->t);
  EXPECT_TRUE(this->t.flag);
  EXPECT_THAT(this->t.states, testing::Each(state::done));
}

TYPED_TEST(supervision, no_completion_is_lost_among_a_thousand) {
  for (const int workers : {1, 2, 3}) {
    TypeParam m{with_workers(workers)};
    EXPECT_EQ(CONTEND_RUN(m, many_tasks), 499'500);
  }
}

}  // namespace
