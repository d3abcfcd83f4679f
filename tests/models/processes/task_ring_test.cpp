#include "models/support/processes/task_ring.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

namespace {

using ring = models::support::task_ring<long, 8>;

TEST(task_ring, messages_are_taken_in_order_and_answered_in_place) {
  ring r;
  EXPECT_EQ(r.take(), nullptr);
  for (long i = 0; i < 8; ++i) {
    r[r.given()] = i;
    r.give();
  }
  for (long i = 0; i < 8; ++i) {
    EXPECT_TRUE(r.has_more());
    long* const message = r.take();
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(*message, i);
    EXPECT_EQ(r.finished(), static_cast<std::uint32_t>(i));
    EXPECT_EQ(r.started(), static_cast<std::uint32_t>(i + 1));
    *message = -i;
    r.finish();
  }
  EXPECT_FALSE(r.has_more());
  EXPECT_EQ(r.take(), nullptr);
  for (std::uint32_t i = 0; i < 8; ++i) EXPECT_EQ(r[i], -static_cast<long>(i));
}

TEST(task_ring, the_giver_is_wanted_from_the_message_it_named_on) {
  ring r;
  for (int i = 0; i < 3; ++i) r.give();
  r.want(2);
  for (const bool wanted : {false, true, true}) {
    r.take();
    r.finish();
    EXPECT_EQ(r.wanted_by_giver(), wanted);
  }
  r.want(4);
  EXPECT_FALSE(r.wanted_by_giver());
}

TEST(task_ring, two_threads_lose_nothing_and_see_whole_messages) {
  for (int round = 0; round < 20; ++round) {
    ring r;
    constexpr long n = 20'000;
    std::thread taker{[&] {
      for (long i = 0; i < n;) {
        if (long* const message = r.take()) {
          *message = *message * 3;
          r.finish();
          ++i;
        } else {
          std::this_thread::yield();
        }
      }
    }};
    std::uint32_t collected = 0;
    long sum = 0;
    for (long i = 0; i < n;) {
      if (r.given() - collected < ring::size) {
        r[r.given()] = i++;
        r.give();
      } else {
        std::this_thread::yield();
      }
      for (; collected != r.finished(); ++collected) sum += r[collected];
    }
    taker.join();
    for (; collected != r.finished(); ++collected) sum += r[collected];
    EXPECT_EQ(sum, 3 * n * (n - 1) / 2);
  }
}

}  // namespace
