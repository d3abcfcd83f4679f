// A wait in a line that is withdrawn loses nothing, wherever in the line it stood.

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "tests/shared/model_suites.hpp"

namespace {

using models::support::channel;
using models::support::parking_mutex;

static_assert(bench::cancellable<channel<int>::send_operation>);
static_assert(bench::cancellable<channel<int>::receive_operation>);
static_assert(bench::cancellable<parking_mutex::lock_operation>);

TEST(a_withdrawn_receive, does_not_take_the_item_that_comes_after_it) {
  channel<int> c{4};
  sleeper first, second;
  auto gone = c.receive(), waits = c.receive();
  ASSERT_TRUE(parks(gone, first));
  ASSERT_TRUE(parks(waits, second));
  EXPECT_TRUE(gone.cancel());
  EXPECT_FALSE(gone.cancel()) << "it is out already";
  EXPECT_TRUE(c.send(7).ready());
  EXPECT_EQ(first.woken, 0);
  EXPECT_EQ(second.woken, 1);
  EXPECT_EQ(waits.result(), 7);
}

TEST(a_withdrawn_receive, leaves_the_item_in_the_channel_when_nobody_else_waits) {
  channel<int> c{4};
  sleeper s;
  auto gone = c.receive();
  ASSERT_TRUE(parks(gone, s));
  EXPECT_TRUE(gone.cancel());
  EXPECT_TRUE(c.send(7).ready());
  auto next = c.receive();
  EXPECT_TRUE(next.ready());
  EXPECT_EQ(next.result(), 7);
}

TEST(a_receive, that_has_its_item_cannot_be_withdrawn) {
  channel<int> c{4};
  sleeper s;
  auto served = c.receive();
  ASSERT_TRUE(parks(served, s));
  EXPECT_TRUE(c.send(7).ready());
  EXPECT_FALSE(served.cancel());
  EXPECT_EQ(s.woken, 1);
  EXPECT_EQ(served.result(), 7);
}

TEST(a_withdrawn_send, never_delivers_and_lets_the_next_sender_in) {
  channel<int> c{1};
  sleeper first, second;
  ASSERT_TRUE(c.send(1).ready());
  auto gone = c.send(2), waits = c.send(3);
  ASSERT_TRUE(parks(gone, first));
  ASSERT_TRUE(parks(waits, second));
  EXPECT_TRUE(gone.cancel());
  for (const int expected : {1, 3}) {
    auto r = c.receive();
    ASSERT_TRUE(r.ready());
    EXPECT_EQ(r.result(), expected);
  }
  EXPECT_EQ(first.woken, 0);
  EXPECT_EQ(second.woken, 1);
}

TEST(a_withdrawn_lock, is_passed_over_whether_it_stood_first_in_the_middle_or_last) {
  for (int which = 0; which < 3; ++which) {
    parking_mutex m;
    ASSERT_TRUE(m.lock().ready());
    std::deque<parking_mutex::lock_operation> waits;
    std::vector<sleeper> sleepers(3);
    for (auto& s : sleepers) ASSERT_TRUE(parks(waits.emplace_back(m.lock()), s));
    EXPECT_TRUE(waits[which].cancel());
    for (int i = 0; i < 3; ++i) {
      if (i == which) continue;
      m.unlock();
      EXPECT_EQ(sleepers[i].woken, 1) << i << " without " << which;
    }
    EXPECT_EQ(sleepers[which].woken, 0);
    m.unlock();
    EXPECT_TRUE(m.lock().ready()) << "free again";
  }
}

TEST(a_withdrawn_lock, leaves_the_mutex_with_its_holder) {
  parking_mutex m;
  sleeper s;
  ASSERT_TRUE(m.lock().ready());
  auto waits = m.lock();
  ASSERT_TRUE(parks(waits, s));
  EXPECT_TRUE(waits.cancel());
  EXPECT_FALSE(m.lock().ready());
  m.unlock();
  EXPECT_TRUE(m.lock().ready());
}

}  // namespace
