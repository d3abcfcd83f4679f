#include "models/support/base/timer_heap.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace {

using models::support::timer;
using models::support::timer_heap;

TEST(timer_heap, gives_out_timers_by_deadline_whatever_is_started_and_cancelled_between) {
  std::mt19937 random{1};
  for (int round = 0; round < 50; ++round) {
    std::vector<timer> timers(300);
    timer_heap heap;
    std::multimap<std::int64_t, timer*> model;
    std::map<timer*, std::multimap<std::int64_t, timer*>::iterator> where;
    for (int step = 0; step < 3'000; ++step) {
      auto& t = timers[random() % timers.size()];
      if (t.pending()) {
        heap.cancel(t);
        model.erase(where.at(&t));
        EXPECT_FALSE(t.pending());
      } else {
        const std::int64_t deadline = random() % 100;
        heap.start(t, deadline);
        where[&t] = model.emplace(deadline, &t);
      }
      if (random() % 4 == 0 && !heap.empty()) {
        ASSERT_EQ(heap.earliest(), model.begin()->first);
        auto& first = heap.pop();
        ASSERT_EQ(where.at(&first)->first, model.begin()->first);
        model.erase(where.at(&first));
      }
      ASSERT_EQ(heap.size(), model.size());
    }
    while (!heap.empty()) {
      ASSERT_EQ(heap.earliest(), model.begin()->first);
      model.erase(where.at(&heap.pop()));
    }
  }
}

}  // namespace
