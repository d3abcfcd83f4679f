// What a channel promises when it is closed, alone and under each model whose tasks may wait.

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <optional>
#include <vector>

#include "tests/shared/model_suites.hpp"

namespace {

using bench::channel_closed;
using models::support::channel;

TEST(a_closed_channel, gives_what_was_sent_before_and_then_says_so) {
  channel<int> c{2};
  ASSERT_TRUE(c.send(1).ready());
  ASSERT_TRUE(c.send(2).ready());
  c.close();
  c.close();
  auto first = c.receive();
  ASSERT_TRUE(first.ready());
  EXPECT_EQ(first.result(), 1);
  auto second = c.receive_or_end();
  ASSERT_TRUE(second.ready());
  EXPECT_EQ(second.result(), 2);
  auto third = c.receive_or_end();
  ASSERT_TRUE(third.ready());
  EXPECT_EQ(third.result(), std::nullopt);
  auto fourth = c.receive();
  ASSERT_TRUE(fourth.ready());
  EXPECT_THROW(fourth.result(), channel_closed);
}

TEST(a_closed_channel, takes_nothing_more_even_where_there_is_room) {
  channel<int> c{2};
  c.close();
  auto late = c.send(1);
  EXPECT_TRUE(late.ready());
  EXPECT_THROW(late.result(), channel_closed);
  auto empty = c.receive_or_end();
  EXPECT_TRUE(empty.ready());
  EXPECT_EQ(empty.result(), std::nullopt);
}

TEST(closing, wakes_every_receiver_that_waits) {
  channel<int> c{1};
  std::vector<sleeper> sleepers(2);
  auto ends = c.receive_or_end();
  auto fails = c.receive();
  ASSERT_TRUE(parks(ends, sleepers[0]));
  ASSERT_TRUE(parks(fails, sleepers[1]));
  c.close();
  EXPECT_EQ(sleepers[0].woken, 1);
  EXPECT_EQ(sleepers[1].woken, 1);
  EXPECT_FALSE(ends.cancel());
  EXPECT_EQ(ends.result(), std::nullopt);
  EXPECT_THROW(fails.result(), channel_closed);
}

TEST(closing, turns_senders_away_that_wait_and_their_values_with_them) {
  channel<int> c{1};
  ASSERT_TRUE(c.send(1).ready());
  sleeper s;
  auto waits = c.send(2);
  ASSERT_TRUE(parks(waits, s));
  c.close();
  EXPECT_EQ(s.woken, 1);
  EXPECT_THROW(waits.result(), channel_closed);
  EXPECT_EQ(c.receive_or_end().ready(), true);
  auto end = c.receive_or_end();
  ASSERT_TRUE(end.ready());
  EXPECT_EQ(end.result(), std::nullopt);
}

template <class M>
class every_model_that_waits : public testing::Test {};
TYPED_TEST_SUITE(every_model_that_waits, models_that_wait, model_names);

// One producer that closes the channel when it has sent all; consumers that go on to its end.
struct stream_of_values {
  static constexpr long consumers = 3;
  struct direct {
    template <class M>
    static long drain(M&, bench::channel<M, long>* c) {
      long sum = 0;
      for (bool more = true; more;) {
        auto value = c->receive_or_end();
        more = value.has_value();
        if (more) sum += *value;
      }
      return sum;
    }
    template <class M>
    static long run(M& m, const long& values) {
      const auto c = bench::make<bench::channel<M, long>>(m, 4);
      std::array<long, consumers> sums;
      auto group = m.group();
      for (auto& sum : sums) group.spawn(&sum, bench::fn<drain<M>>, c.get());
      for (long i = 0; i < values; ++i) c->send(i);
      c->close();
      group.join();
      return std::accumulate(sums.begin(), sums.end(), 0L);
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, long> drain(M&, bench::channel<M, long>* c) {
      long sum = 0;
      for (bool more = true; more;) {
        auto value = co_await c->receive_or_end();
        more = value.has_value();
        if (more) sum += *value;
      }
      co_return sum;
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, const long& values) {
      const auto c = bench::make<bench::channel<M, long>>(m, 4);
      std::array<long, consumers> sums;
      auto group = m.group();
      for (auto& sum : sums) group.spawn(&sum, bench::fn<drain<M>>, c.get());
      for (long i = 0; i < values; ++i) co_await c->send(i);
      c->close();
      co_await group.join();
      co_return std::accumulate(sums.begin(), sums.end(), 0L);
    }
  };
};

TYPED_TEST(every_model_that_waits, drains_a_channel_to_its_end) {
  for (const int workers : {1, 2, 4}) {
    TypeParam m{with_workers(workers)};
    for (const long values : {0L, 1L, 1'000L})
      EXPECT_EQ(run_on<stream_of_values>(m, values), values * (values - 1) / 2);
  }
}

// Senders that outnumber the room, and nobody receives: they get an error that they can catch.
struct turned_away {
  struct direct {
    template <class M>
    static long send(M&, bench::channel<M, long>* c) {
      try {
        c->send(1);
      } catch (const channel_closed&) {
        return 1;
      }
      return 0;
    }
    template <class M>
    static long run(M& m) {
      const auto c = bench::make<bench::channel<M, long>>(m, 2);
      std::array<long, 5> refused;
      auto group = m.group();
      for (auto& slot : refused) group.spawn(&slot, bench::fn<send<M>>, c.get());
      c->receive();  // somebody is there
      c->close();
      group.join();
      return std::accumulate(refused.begin(), refused.end(), 0L);
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, long> send(M&, bench::channel<M, long>* c) {
      try {
        co_await c->send(1);
      } catch (const channel_closed&) {
        co_return 1;
      }
      co_return 0;
    }
    template <class M>
    static bench::task_of<M, long> run(M& m) {
      const auto c = bench::make<bench::channel<M, long>>(m, 2);
      std::array<long, 5> refused;
      auto group = m.group();
      for (auto& slot : refused) group.spawn(&slot, bench::fn<send<M>>, c.get());
      co_await c->receive();  // somebody is there
      c->close();
      co_await group.join();
      co_return std::accumulate(refused.begin(), refused.end(), 0L);
    }
  };
};

TYPED_TEST(every_model_that_waits, tells_senders_that_the_channel_was_closed) {
  for (const int workers : {1, 2, 4}) {
    TypeParam m{with_workers(workers)};
    const long refused = run_on<turned_away>(m);
    EXPECT_GE(refused, 2) << "one was received and two had room";
    EXPECT_LE(refused, 4);
  }
}

}  // namespace
