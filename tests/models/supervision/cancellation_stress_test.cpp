// Thousands of waits that end in every way at once: served, out of time, cancelled. What was sent
// is received once or still there, and no permit is lost. CONTEND_SEED=<n> replays a printed seed.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/operations.hpp"
#include "bench/contract/supervision.hpp"
#include "tests/shared/supervising_models.hpp"

namespace {

using supervising::ms;

struct tally {
  std::atomic<long> sent = 0, received = 0, served = 0, timed_out = 0, cancelled = 0, inside = 0;
  std::atomic<bool> crowded = false;
};

template <class M>
struct board {
  explicit board(std::uint64_t s) : seed{s} {}
  const std::uint64_t seed;
  bench::channel<M, long> queue{2};
  bench::semaphore<M> permits{2};
  tally count;
};

class random_source {
 public:
  random_source(std::uint64_t seed, long stream) : engine_{seed * 1'000 + stream} {}
  long below(long n) { return static_cast<long>(engine_() % n); }

 private:
  std::mt19937_64 engine_;
};

struct direct {
  template <class M>
  static void send(M&, board<M>* b, long value) {
    b->queue.send(value);
  }
  template <class M>
  static long receive(M&, board<M>* b) {
    const long value = b->queue.receive();
    return value;
  }
  template <class M>
  static void acquire(M&, board<M>* b) {
    b->permits.acquire();
  }

  template <class M>
  static void play(M& m, board<M>* b, long player, long rounds) {
    random_source random{b->seed, player};
    auto& count = b->count;
    for (long i = 0; i < rounds; ++i) {
      const auto limit = random.below(4) == 0 ? 0 : random.below(60'000);
      const long value = 1 + random.below(1'000), choice = random.below(3);
      try {
        if (choice == 0) {
          m.within(limit, bench::fn<send<M>>, b, value);
          count.sent += value;
        } else if (choice == 1) {
          const long got = m.within(limit, bench::fn<receive<M>>, b);
          count.received += got;
        } else {
          m.within(limit, bench::fn<acquire<M>>, b);
          if (++count.inside > 2) count.crowded = true;
          if (random.below(2) == 0) M::yield();
          --count.inside;
          b->permits.release();
        }
        ++count.served;
      } catch (const bench::timed_out&) {
        ++count.timed_out;
      } catch (const bench::cancelled&) {
        ++count.cancelled;
      }
      if (random.below(4) == 0) M::yield();
    }
  }

  template <class M>
  static void disturb(M& m, bench::scope_of<M>& scope, board<M>* b, long rounds) {
    random_source random{b->seed, -1};
    std::vector<typename bench::scope_of<M>::handle> players;
    for (long i = 0; i < 8; ++i) players.push_back(scope.spawn(bench::fn<play<M>>, b, i, rounds));
    for (long i = 0; i < rounds; ++i) {
      players[random.below(8)].cancel();
      bench::sleep_for(m, random.below(20'000));
    }
    scope.join();
  }

  template <class M>
  static void game(M& m, board<M>& b, long& rounds) {
    m.with_scope(bench::on_failure::go_on, bench::fn<disturb<M>>, &b, rounds);
    b.queue.close();
    for (;;) {
      const auto left = b.queue.receive_or_end();
      if (!left) break;
      b.count.received += *left;
    }
    m.within(5'000 * ms, bench::fn<acquire<M>>, &b);
    m.within(5'000 * ms, bench::fn<acquire<M>>, &b);
  }
};

struct coroutine {
  template <class M>
  static bench::task_of<M, void> send(M&, board<M>* b, long value) {
    co_await b->queue.send(value);
  }
  template <class M>
  static bench::task_of<M, long> receive(M&, board<M>* b) {
    const long value = co_await b->queue.receive();
    co_return value;
  }
  template <class M>
  static bench::task_of<M, void> acquire(M&, board<M>* b) {
    co_await b->permits.acquire();
  }

  template <class M>
  static bench::task_of<M, void> play(M& m, board<M>* b, long player, long rounds) {
    random_source random{b->seed, player};
    auto& count = b->count;
    for (long i = 0; i < rounds; ++i) {
      const auto limit = random.below(4) == 0 ? 0 : random.below(60'000);
      const long value = 1 + random.below(1'000), choice = random.below(3);
      try {
        if (choice == 0) {
          co_await m.within(limit, bench::fn<send<M>>, b, value);
          count.sent += value;
        } else if (choice == 1) {
          const long got = co_await m.within(limit, bench::fn<receive<M>>, b);
          count.received += got;
        } else {
          co_await m.within(limit, bench::fn<acquire<M>>, b);
          if (++count.inside > 2) count.crowded = true;
          if (random.below(2) == 0) co_await M::yield();
          --count.inside;
          b->permits.release();
        }
        ++count.served;
      } catch (const bench::timed_out&) {
        ++count.timed_out;
      } catch (const bench::cancelled&) {
        ++count.cancelled;
      }
      if (random.below(4) == 0) co_await M::yield();
    }
  }

  template <class M>
  static bench::task_of<M, void> disturb(M& m, bench::scope_of<M>& scope, board<M>* b,
                                         long rounds) {
    random_source random{b->seed, -1};
    std::vector<typename bench::scope_of<M>::handle> players;
    for (long i = 0; i < 8; ++i) players.push_back(scope.spawn(bench::fn<play<M>>, b, i, rounds));
    for (long i = 0; i < rounds; ++i) {
      players[random.below(8)].cancel();
      co_await bench::sleep_for(m, random.below(20'000));
    }
    co_await scope.join();
  }

  template <class M>
  static bench::task_of<M, void> game(M& m, board<M>& b, long& rounds) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<disturb<M>>, &b, rounds);
    b.queue.close();
    for (;;) {
      const auto left = co_await b.queue.receive_or_end();
      if (!left) break;
      b.count.received += *left;
    }
    co_await m.within(5'000 * ms, bench::fn<acquire<M>>, &b);
    co_await m.within(5'000 * ms, bench::fn<acquire<M>>, &b);
  }
};

std::uint64_t first_seed() {
  if (const char* given = std::getenv("CONTEND_SEED")) return std::strtoull(given, nullptr, 10);
  return std::random_device{}();
}

template <class M>
class cancellation_stress : public testing::Test {};
TYPED_TEST_SUITE(cancellation_stress, supervising::models_, supervising::names);

TYPED_TEST(cancellation_stress, nothing_is_lost_and_nothing_served_twice_however_waits_end) {
  using M = TypeParam;
  auto seed = first_seed();
  long rounds = 200, served = 0, timed_out = 0, cancelled = 0;
  for (const int workers : {1, 2, 3, 2, 1}) {
    SCOPED_TRACE("CONTEND_SEED=" + std::to_string(seed) + ", workers " + std::to_string(workers));
    M m{supervising::with_workers(workers)};
    board<M> b{seed};
    CONTEND_RUN(m, game, b, rounds);
    EXPECT_EQ(b.count.sent, b.count.received);
    EXPECT_FALSE(b.count.crowded) << "more tasks than permits";
    const long ends = b.count.served + b.count.timed_out + b.count.cancelled;
    EXPECT_LE(ends, 8 * rounds);
    served += b.count.served;
    timed_out += b.count.timed_out;
    cancelled += b.count.cancelled;
    ++seed;
  }
  // All of a game's tasks may be cancelled before they start, but not of all games'.
  EXPECT_GT(served, 0);
  EXPECT_GT(timed_out, 0);
  EXPECT_GT(cancelled, 0);
}

}  // namespace
