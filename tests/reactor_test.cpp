#include "models/support/reactor.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "bench/clock.hpp"
#include "bench/footprint.hpp"
#include "bench/io.hpp"
#include "bench/timer_slack.hpp"
#include "models/coroutines.hpp"

namespace {

using M = models::coroutines;
template <class T>
using task = M::task<T>;
constexpr std::int64_t ms = 1'000'000;

bench::settings with(int workers, const std::string& trigger = "edge") {
  bench::settings s;
  s.workers = workers;
  s.trigger = trigger;
  return s;
}

// Workers, and how epoll reports.
class reactor : public testing::TestWithParam<std::tuple<int, std::string>> {
 protected:
  M m{with(std::get<0>(GetParam()), std::get<1>(GetParam()))};
};
INSTANTIATE_TEST_SUITE_P(
    all, reactor, testing::Combine(testing::Values(1, 2, 4), testing::Values("edge", "level")),
    [](const auto& p) { return std::to_string(std::get<0>(p.param)) + std::get<1>(p.param); });

task<void> sleeper(M& m, std::int64_t ns, bool* early) {
  const auto start = bench::now_ns();
  co_await bench::sleep_for(m, ns);
  if (bench::now_ns() - start < ns) *early = true;
}

task<bool> many_sleepers(M& m, long& n) {
  bool early = false;
  auto group = m.group();
  for (long i = 0; i < n; ++i) group.spawn(bench::fn<sleeper>, (i * 7919 % n) * 20'000, &early);
  co_await group.join();
  co_return early;
}

TEST_P(reactor, a_thousand_sleepers_take_as_long_as_the_longest_and_none_wakes_early) {
  long n = 1'000;
  const auto start = bench::now_ns();
  EXPECT_FALSE(m.run(bench::fn<many_sleepers>, n));
  EXPECT_LT(bench::now_ns() - start, 2'000 * ms);  // one after the other: 10 s
}

task<void> echo(M&, bench::stream<M> peer) {
  std::array<std::byte, 4096> buffer;
  for (;;) {
    const auto in = co_await peer.read(buffer);
    if (!in || in.value == 0) break;
    const auto out = co_await peer.write({buffer.data(), static_cast<std::size_t>(in.value)});
    if (!out) break;
  }
  peer.close();
}

task<void> serve(M& m, bench::listener<M> from, int connections) {
  auto group = m.group();
  for (int i = 0; i < connections; ++i) {
    const auto accepted = co_await from.accept();
    group.spawn(bench::fn<echo>, bench::stream<M>{static_cast<int>(accepted.get("accept"))});
  }
  co_await group.join();
}

sockaddr_in address_of(const bench::listener<M>& l) {
  return {.sin_family = AF_INET,
          .sin_port = htons(l.port()),
          .sin_addr = {htonl(INADDR_LOOPBACK)},
          .sin_zero = {}};
}

// Sends `bytes` and checks that they come back; it reads them only after all have been sent where
// they fit into the kernel's buffers.
task<void> write_all(M&, bench::stream<M> to, const std::vector<std::byte>* bytes) {
  const auto out = co_await to.write(*bytes);
  EXPECT_EQ(out.value, static_cast<std::int64_t>(bytes->size()));
  to.shut_down();
}

task<long> converse(M& m, bench::listener<M> with, std::size_t size, int seed) {
  const auto to = address_of(with);
  auto peer = bench::stream<M>::create();
  const auto connected = co_await peer.connect(reinterpret_cast<const sockaddr&>(to), sizeof to);
  connected.get("connect");
  std::vector<std::byte> sent(size), received(size + 1);
  for (std::size_t i = 0; i < size; ++i) sent[i] = static_cast<std::byte>(i * 31 + seed);
  const auto* bytes = &sent;
  auto group = m.group();
  group.spawn(bench::fn<write_all>, peer, bytes);
  const auto in = co_await peer.read(received, bench::amount::all);
  co_await group.join();
  peer.close();
  received.resize(size);
  co_return in.value == static_cast<std::int64_t>(size) && received == sent ? 1 : 0;
}

task<long> conversations(M& m, bench::listener<M>& l, int& n) {
  auto group = m.group();
  std::vector<long> right(n);
  group.spawn(bench::fn<serve>, l, n);
  for (int i = 0; i < n; ++i)
    group.spawn(&right[i], bench::fn<converse>, l, std::size_t{1} << (i % 21), i);
  co_await group.join();
  long sum = 0;
  for (const long r : right) sum += r;
  co_return sum;
}

TEST_P(reactor, every_byte_of_many_conversations_comes_back) {
  bench::listener<M> l{0};
  for (int round = 0; round < 5; ++round) {
    int n = 84;
    EXPECT_EQ(m.run(bench::fn<conversations>, l, n), n);
  }
  l.close();
}

task<int> read_from_silence(M&, bench::pipe_end<M>& end, std::int64_t& timeout_ns) {
  std::array<std::byte, 8> buffer;
  const auto in = co_await end.read(buffer, bench::amount::some, timeout_ns);
  co_return in.error;
}

TEST_P(reactor, a_deadline_ends_a_read_and_not_before_it_is_due) {
  auto [read, write] = bench::pipe_end<M>::create();
  for (std::int64_t timeout : {0 * ms, 1 * ms, 30 * ms}) {
    const auto start = bench::now_ns();
    EXPECT_EQ(m.run(bench::fn<read_from_silence>, read, timeout), ETIMEDOUT);
    EXPECT_GE(bench::now_ns() - start, timeout);
    EXPECT_LT(bench::now_ns() - start, timeout + 1'000 * ms);
  }
  read.close();
  write.close();
}

task<void> pass_on(M&, bench::pipe_end<M> in, bench::pipe_end<M> out, long times) {
  std::array<std::byte, 8> token;
  for (long i = 0; i < times; ++i) {
    // The deadline is far: it is started and cancelled each time, by whichever worker gets there.
    const auto read = co_await in.read(token, bench::amount::all, 60'000 * ms);
    if (read.get("read") != 8) co_return;
    const auto written = co_await out.write(token, 60'000 * ms);
    written.get("write");
  }
}

task<long> pipe_ring(M& m, std::vector<std::array<bench::pipe_end<M>, 2>>& pipes, long& times) {
  auto group = m.group();
  const std::size_t n = pipes.size();
  for (std::size_t i = 1; i < n; ++i)
    group.spawn(bench::fn<pass_on>, pipes[i][0], pipes[(i + 1) % n][1], times);
  std::array<std::byte, 8> token{};
  long rounds = 0;
  for (long i = 0; i < times; ++i) {
    const auto written = co_await pipes[1][1].write(token);
    written.get("write");
    const auto read = co_await pipes[0][0].read(token, bench::amount::all);
    if (read.value == 8) ++rounds;
  }
  co_await group.join();
  co_return rounds;
}

TEST_P(reactor, a_token_goes_round_a_ring_of_pipes_under_deadlines_that_never_come) {
  std::vector<std::array<bench::pipe_end<M>, 2>> pipes(20);
  for (auto& p : pipes) p = bench::pipe_end<M>::create();
  long times = 200;
  EXPECT_EQ(m.run(bench::fn<pipe_ring>, pipes, times), times);
  for (auto& p : pipes)
    for (auto& end : p) end.close();
}

task<int> refused(M&, std::uint16_t& port) {
  const sockaddr_in to{.sin_family = AF_INET,
                       .sin_port = htons(port),
                       .sin_addr = {htonl(INADDR_LOOPBACK)},
                       .sin_zero = {}};
  auto peer = bench::stream<M>::create();
  const auto connected = co_await peer.connect(reinterpret_cast<const sockaddr&>(to), sizeof to);
  peer.close();
  co_return connected.error;
}

TEST_P(reactor, a_refused_connection_says_so) {
  bench::listener<M> l{0};
  auto port = l.port();
  l.close();
  EXPECT_EQ(m.run(bench::fn<refused>, port), ECONNREFUSED);
}

task<void> burn(M& m, long depth) {
  if (depth == 0) co_return;
  auto group = m.group();
  group.spawn(bench::fn<burn>, depth - 1);
  group.spawn(bench::fn<burn>, depth - 1);
  co_await group.join();
}

task<void> tick(M& m, const std::atomic<bool>* stop, long* ticks) {
  while (!stop->load()) {
    co_await bench::sleep_for(m, 100'000);
    ++*ticks;
  }
}

task<void> burn_until_ticked(M& m, std::atomic<bool>* stop, const long* ticks) {
  for (int i = 0; i < 1'000 && *ticks < 20; ++i) {
    auto group = m.group();
    group.spawn(bench::fn<burn>, 12L);
    co_await group.join();
  }
  stop->store(true);
}

task<long> tick_beside_burners(M& m) {
  std::atomic<bool> stop = false;
  long ticks = 0;
  const auto* seen = &stop;
  auto group = m.group();
  group.spawn(bench::fn<tick>, seen, &ticks);
  group.spawn(bench::fn<burn_until_ticked>, &stop, static_cast<const long*>(&ticks));
  co_await group.join();
  co_return ticks;
}

TEST(reactor_fairness, a_worker_that_forks_and_joins_without_end_still_serves_its_timers) {
  M m{with(1)};
  EXPECT_GE(m.run(bench::fn<tick_beside_burners>), 20);
}

TEST(reactor_footprint, a_model_that_has_waited_leaves_no_descriptor_behind) {
  std::jthread{[] {}}.join();  // a sanitizer starts a thread of its own with the first
  const auto before = bench::footprint::now();
  for (int workers : {1, 2}) {
    M m{with(workers)};
    long n = 10;
    m.run(bench::fn<many_sleepers>, n);
  }
  EXPECT_EQ(bench::left_behind(before), "");
}

TEST(timer_slack, is_inherited_by_threads) {
  if (::sched_getscheduler(0) != SCHED_OTHER)
    GTEST_SKIP() << "the kernel gives real-time threads no slack";
  bench::set_timer_slack();
  long slack = 0;
  std::jthread{[&] { slack = ::prctl(PR_GET_TIMERSLACK); }}.join();
  EXPECT_EQ(slack, static_cast<long>(bench::timer_slack_ns));
}

}  // namespace
