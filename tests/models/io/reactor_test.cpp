#include "models/support/io/reactor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "bench/base/timer_slack.hpp"
#include "bench/contract/io.hpp"
#include "bench/measure/clock.hpp"
#include "bench/measure/footprint.hpp"
#include "models/coroutines.hpp"

namespace {

using M = models::coroutines;
template <class T>
using task = M::task<T>;
constexpr std::int64_t ms = 1'000'000;

// `engine`: one of the setting's values, or how epoll reports.
bench::settings with(int workers, const std::string& engine = "edge") {
  bench::settings s;
  s.workers = workers;
  (engine == "edge" || engine == "level" ? s.trigger : s.engine) = engine;
  return s;
}

class reactor : public testing::TestWithParam<std::tuple<int, std::string>> {
 protected:
  void SetUp() override {
    if (const auto reason = models::support::engine_missing(settings)) GTEST_SKIP() << *reason;
  }
  bench::settings settings = with(std::get<0>(GetParam()), std::get<1>(GetParam()));
  M m{settings};
};
INSTANTIATE_TEST_SUITE_P(all, reactor,
                         testing::Combine(testing::Values(1, 2, 4),
                                          testing::Values("edge", "level", "io_uring", "libuv")),
                         [](const auto& p) {
                           return std::to_string(std::get<0>(p.param)) + std::get<1>(p.param);
                         });

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

// One byte is written when the reader's time is about to run out.
task<void> write_late(M& m, bench::pipe_end<M> to, std::int64_t ns) {
  co_await bench::sleep_for(m, ns);
  const std::array<std::byte, 1> byte{};
  const auto written = co_await to.write(byte);
  written.get("write");
}

task<long> bytes_read_at_last(M& m, std::array<bench::pipe_end<M>, 2> pipe, std::int64_t ns) {
  std::array<std::byte, 8> buffer;
  auto group = m.group();
  group.spawn(bench::fn<write_late>, pipe[1], ns);
  const auto in = co_await pipe[0].read(buffer, bench::amount::some, 2 * ms);
  co_await group.join();
  if (in.error != ETIMEDOUT) co_return in.get("read");
  const auto later = co_await pipe[0].read(buffer);
  co_return later.get("read");
}

task<long> deadlines_against_bytes(M& m, std::vector<std::array<bench::pipe_end<M>, 2>>& pipes) {
  std::vector<long> bytes(pipes.size());
  auto group = m.group();
  for (std::size_t i = 0; i < pipes.size(); ++i)
    group.spawn(&bytes[i], bench::fn<bytes_read_at_last>, pipes[i],
                2 * ms - 100'000 + static_cast<std::int64_t>(i) * 2'000);
  co_await group.join();
  long sum = 0;
  for (const long n : bytes) sum += n;
  co_return sum;
}

TEST_P(reactor, a_deadline_that_races_with_what_it_waits_for_loses_nothing) {
  std::vector<std::array<bench::pipe_end<M>, 2>> pipes(100);
  for (auto& p : pipes) p = bench::pipe_end<M>::create();
  for (int round = 0; round < 10; ++round)
    EXPECT_EQ(m.run(bench::fn<deadlines_against_bytes>, pipes), 100);
  for (auto& p : pipes)
    for (auto& end : p) end.close();
}

task<void> read_some(M&, bench::pipe_end<M> from, long* moved) {
  std::array<std::byte, 4> buffer;
  const auto in = co_await from.read(buffer);
  *moved = in.value;
}

task<void> cancel_one_reader(M& m, bench::scope_of<M>& scope, long* moved) {
  auto ends = bench::pipe_end<M>::create();
  const auto first = scope.spawn(bench::fn<read_some>, ends[0], moved);
  co_await bench::sleep_for(m, 2 * ms);
  first.cancel();
  co_await scope.join();
  EXPECT_EQ(first.state(), bench::task_state::cancelled);
  const auto second = scope.spawn(bench::fn<read_some>, ends[0], moved);
  co_await bench::sleep_for(m, 2 * ms);
  const std::array<std::byte, 3> bytes{};
  const auto out = co_await ends[1].write(bytes);
  EXPECT_EQ(out.error, 0);
  co_await scope.join();
  EXPECT_EQ(second.state(), bench::task_state::done);
  ends[0].close();
  ends[1].close();
}

task<long> cancel_a_reader(M& m) {
  long moved = 0;
  co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel_one_reader>, &moved);
  co_return moved;
}

TEST_P(reactor, a_read_that_is_cancelled_leaves_its_descriptor_to_the_next) {
  for (int round = 0; round < 20; ++round) EXPECT_EQ(m.run(bench::fn<cancel_a_reader>), 3);
}

TEST_P(reactor, a_model_may_be_entered_by_one_thread_after_another) {
  auto [read, write] = bench::pipe_end<M>::create();
  for (int round = 0; round < 3; ++round)
    std::jthread{[&] {
      std::int64_t timeout = 1 * ms;
      EXPECT_EQ(m.run(bench::fn<read_from_silence>, read, timeout), ETIMEDOUT);
    }}.join();
  read.close();
  write.close();
}

task<long> keep(M&, long number, std::size_t size) {
  const auto path = testing::TempDir() + "reactor_test." + std::to_string(::getpid()) + "." +
                    std::to_string(number);
  const auto opened = co_await bench::file<M>::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC);
  bench::file<M> f{static_cast<int>(opened.get("open"))};
  ::unlink(path.c_str());
  std::vector<std::byte> out(size), in(size + 1);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(i * 31 + number);
  const auto written = co_await f.write(out, 0);
  const auto synced = co_await f.sync();
  const auto read = co_await f.read(in, 0);
  f.close();
  in.resize(size);
  co_return synced&& written.value == static_cast<long>(size) &&
          read.value == static_cast<long>(size) && in == out
      ? 1
      : 0;
}

task<long> keep_all(M& m, long& files) {
  std::vector<long> right(files);
  auto group = m.group();
  for (long i = 0; i < files; ++i)
    group.spawn(&right[i], bench::fn<keep>, i, std::size_t{1} << (i % 22));
  co_await group.join();
  long sum = 0;
  for (const long r : right) sum += r;
  co_return sum;
}

TEST_P(reactor, files_keep_every_byte) {
  long files = 44;
  EXPECT_EQ(m.run(bench::fn<keep_all>, files), files);
}

task<int> open_what_is_not_there(M&) {
  const auto opened = co_await bench::file<M>::open("/nowhere/at/all", O_RDONLY);
  co_return opened.error;
}

TEST_P(reactor, a_file_that_is_not_there_says_so) {
  EXPECT_EQ(m.run(bench::fn<open_what_is_not_there>), ENOENT);
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

task<void> tick(M& m, const std::atomic<bool>* stop, std::atomic<long>* ticks) {
  while (!stop->load()) {
    co_await bench::sleep_for(m, 100'000);
    ++*ticks;
  }
}

task<void> burn_until_ticked(M& m, std::atomic<bool>* stop, const std::atomic<long>* ticks) {
  for (int i = 0; i < 1'000 && *ticks < 20; ++i) {
    auto group = m.group();
    group.spawn(bench::fn<burn>, 12L);
    co_await group.join();
  }
  stop->store(true);
}

task<long> tick_beside_burners(M& m) {
  std::atomic<bool> stop = false;
  std::atomic<long> ticks = 0;
  const auto* seen = &stop;
  const auto* counted = &ticks;
  auto group = m.group();
  group.spawn(bench::fn<tick>, seen, &ticks);
  group.spawn(bench::fn<burn_until_ticked>, &stop, counted);
  co_await group.join();
  co_return ticks.load();
}

TEST_P(reactor, a_worker_that_forks_and_joins_without_end_still_serves_its_timers) {
  EXPECT_GE(m.run(bench::fn<tick_beside_burners>), 20);
}

TEST_P(reactor, a_model_that_has_waited_leaves_nothing_behind) {
  std::jthread{[] {}}.join();  // a sanitizer starts a thread of its own with the first
  const auto before = bench::footprint::now();
  {
    M another{settings};
    long n = 10;
    another.run(bench::fn<many_sleepers>, n);
    another.run(bench::fn<keep_all>, n);
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
