// Cancellation reaches a task at its waits, once each time, and takes nothing away from others.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/operations.hpp"
#include "bench/contract/supervision.hpp"
#include "tests/shared/supervising_models.hpp"

namespace {

using supervising::ms;
using supervising::with_workers;
using state = bench::task_state;
using testing::ElementsAre;
constexpr std::int64_t long_time = 60'000 * ms;

// What the tasks of a test leave behind for it to look at.
struct trace {
  std::atomic<int> steps = 0;
  std::vector<state> states;
  std::string error;
  std::atomic<long> value = 0;
  std::atomic<bool> go = false;
  models::support::task_handle self;
};

template <class M>
using channel = bench::channel<M, long>;

struct direct {
  template <class M>
  static void count_receive(M&, channel<M>* from, trace* t) {
    ++t->steps;
    const long value = from->receive();
    t->value = value;
  }
  template <class M>
  static void count_lock(M&, bench::mutex<M>* lock, trace* t) {
    ++t->steps;
    lock->lock();
    t->value = 1;
    lock->unlock();
  }
  template <class M>
  static void count_sleep(M& m, trace* t) {
    ++t->steps;
    bench::sleep_for(m, long_time);
    t->value = 1;
  }
  // Until `n` tasks have said that they are about to wait, and a moment more.
  template <class M>
  static void until(M& m, trace* t, int n) {
    while (t->steps.load() < n) bench::sleep_for(m, ms / 2);
    bench::sleep_for(m, 5 * ms);
  }

  template <class M>
  static void cancelled_receiver(M& m, bench::scope_of<M>& scope, channel<M>* queue, trace* t) {
    trace second;
    const auto first = scope.spawn(bench::fn<count_receive<M>>, queue, t);
    until(m, t, 1);
    scope.spawn(bench::fn<count_receive<M>>, queue, &second);
    first.cancel();
    queue->send(42);
    scope.join();
    t->states.push_back(first.state());
    t->value += second.value;
  }
  template <class M>
  static void receiver(M& m, trace& t) {
    auto queue = bench::make<channel<M>>(m, std::size_t{1});
    m.with_scope(bench::on_failure::go_on, bench::fn<cancelled_receiver<M>>, queue.get(), &t);
  }

  template <class M>
  static void cancelled_sender(M& m, bench::scope_of<M>& scope, channel<M>* queue, trace* t) {
    queue->send(1);
    const auto sender = scope.spawn(bench::fn<send_two<M>>, queue, t);
    until(m, t, 1);
    sender.cancel();
    scope.join();
    t->states.push_back(sender.state());
    const long first = queue->receive();
    queue->send(3);
    const long second = queue->receive();
    t->value = 10 * first + second;
  }
  template <class M>
  static void send_two(M&, channel<M>* queue, trace* t) {
    ++t->steps;
    queue->send(2);
  }
  template <class M>
  static void sender(M& m, trace& t) {
    auto queue = bench::make<channel<M>>(m, std::size_t{1});
    m.with_scope(bench::on_failure::go_on, bench::fn<cancelled_sender<M>>, queue.get(), &t);
  }

  template <class M>
  static void cancelled_sleeper(M& m, bench::scope_of<M>& scope, trace* t) {
    const auto sleeper = scope.spawn(bench::fn<count_sleep<M>>, t);
    until(m, t, 1);
    sleeper.cancel();
    scope.join();
    t->states.push_back(sleeper.state());
    sleeper.cancel();
    t->states.push_back(sleeper.state());
  }
  template <class M>
  static void sleeper(M& m, trace& t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<cancelled_sleeper<M>>, &t);
  }

  template <class M>
  static void tries_again(M&, channel<M>* queue, trace* t) {
    try {
      ++t->steps;
      queue->receive();
    } catch (const bench::cancelled&) {
      t->error = "cancelled once";
    }
    const long value = queue->receive();
    t->value = value;
  }
  template <class M>
  static void goes_on(M& m, bench::scope_of<M>& scope, channel<M>* queue, trace* t) {
    const auto task = scope.spawn(bench::fn<tries_again<M>>, queue, t);
    until(m, t, 1);
    task.cancel();
    bench::sleep_for(m, 5 * ms);
    queue->send(7);
    scope.join();
    t->states.push_back(task.state());
  }
  template <class M>
  static void catcher(M& m, trace& t) {
    auto queue = bench::make<channel<M>>(m, std::size_t{1});
    m.with_scope(bench::on_failure::go_on, bench::fn<goes_on<M>>, queue.get(), &t);
  }

  template <class M>
  static void cancels_itself(M& m, trace* t) {
    while (!t->go.load()) bench::sleep_for(m, ms / 2);
    t->self.cancel();
    t->value = 1;
    m.checkpoint();
    t->value = 2;
  }
  template <class M>
  static void cancel_a_runner(M&, bench::scope_of<M>& scope, trace* t) {
    t->self = scope.spawn(bench::fn<cancels_itself<M>>, t);
    t->go = true;
    scope.join();
    t->states.push_back(t->self.state());
  }
  template <class M>
  static void runner(M& m, trace& t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<cancel_a_runner<M>>, &t);
  }

  template <class M>
  static void never_starts(M&, bench::scope_of<M>& scope, trace* t) {
    const auto task = scope.spawn(bench::fn<count_sleep<M>>, t);
    t->states.push_back(task.state());
    task.cancel();
    scope.join();
    t->states.push_back(task.state());
  }
  template <class M>
  static void not_started(M& m, trace& t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<never_starts<M>>, &t);
  }

  template <class M>
  static void careful(M&, channel<M>* queue, trace* t) {
    ++t->steps;
    const long value = queue->receive();
    t->value = value;
  }
  template <class M>
  static void in_shield(M& m, channel<M>* queue, trace* t) {
    m.shielded(bench::fn<careful<M>>, queue, t);
    t->steps = 10;
    m.checkpoint();
    t->steps = 11;
  }
  template <class M>
  static void cancel_the_shielded(M& m, bench::scope_of<M>& scope, channel<M>* queue, trace* t) {
    const auto task = scope.spawn(bench::fn<in_shield<M>>, queue, t);
    until(m, t, 1);
    task.cancel();
    bench::sleep_for(m, 5 * ms);
    queue->send(9);
    scope.join();
    t->states.push_back(task.state());
  }
  template <class M>
  static void shield(M& m, trace& t) {
    auto queue = bench::make<channel<M>>(m, std::size_t{1});
    m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_shielded<M>>, queue.get(), &t);
  }

  template <class M>
  static void sleeps_and_cleans_up(M& m, trace* t) {
    try {
      ++t->steps;
      bench::sleep_for(m, long_time);
    } catch (const bench::cancelled&) {
      t->value = 5;
      throw;
    }
  }
  template <class M>
  static void owns_a_scope(M&, bench::scope_of<M>& scope, trace* t) {
    for (int i = 0; i < 3; ++i) scope.spawn(bench::fn<sleeps_and_cleans_up<M>>, t);
    scope.join();
  }
  template <class M>
  static void nested(M& m, trace* t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<owns_a_scope<M>>, t);
  }
  template <class M>
  static void cancel_the_nested(M& m, bench::scope_of<M>& scope, trace* t) {
    const auto task = scope.spawn(bench::fn<nested<M>>, t);
    until(m, t, 3);
    task.cancel();
    scope.join();
    t->states.push_back(task.state());
  }
  template <class M>
  static void tree(M& m, trace& t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_nested<M>>, &t);
  }

  template <class M>
  static long quick(M& m) {
    bench::sleep_for(m, 1 * ms);
    return 3;
  }
  template <class M>
  static void too_slow(M& m, trace& t) {
    const long in_time = m.within(long_time, bench::fn<quick<M>>);
    t.steps = static_cast<int>(in_time);
    try {
      m.within(10 * ms, bench::fn<sleeps_and_cleans_up<M>>, &t);
    } catch (const bench::timed_out&) {
      t.error = t.value == 5 ? "timed out, the inner one first" : "timed out too early";
    }
  }

  template <class M>
  static void inner_limit(M& m, trace* t) {
    try {
      m.within(long_time, bench::fn<sleeps_and_cleans_up<M>>, t);
    } catch (const bench::timed_out&) {
      t->error = "the wrong one";
    }
  }
  template <class M>
  static void two_limits(M& m, trace& t) {
    try {
      m.within(10 * ms, bench::fn<inner_limit<M>>, &t);
    } catch (const bench::timed_out&) {
      t.error += "the outer one";
    }
  }

  template <class M>
  static void limited(M& m, trace* t) {
    m.within(long_time, bench::fn<sleeps_and_cleans_up<M>>, t);
  }
  template <class M>
  static void cancel_the_limited(M& m, bench::scope_of<M>& scope, trace* t) {
    const auto task = scope.spawn(bench::fn<limited<M>>, t);
    until(m, t, 1);
    task.cancel();
    scope.join();
    t->states.push_back(task.state());
  }
  template <class M>
  static void cancelled_within(M& m, trace& t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_limited<M>>, &t);
  }

  template <class M>
  static void cancelled_waiter(M& m, bench::scope_of<M>& scope, bench::mutex<M>* lock, trace* t) {
    lock->lock();
    trace second;
    const auto first = scope.spawn(bench::fn<count_lock<M>>, lock, t);
    until(m, t, 1);
    const auto other = scope.spawn(bench::fn<count_lock<M>>, lock, &second);
    until(m, &second, 1);
    first.cancel();
    lock->unlock();
    scope.join();
    t->states = {first.state(), other.state()};
    t->value = 10 * t->value + second.value;
  }
  template <class M>
  static void locker(M& m, trace& t) {
    auto lock = bench::make<bench::mutex<M>>(m);
    m.with_scope(bench::on_failure::go_on, bench::fn<cancelled_waiter<M>>, lock.get(), &t);
  }

  template <class M>
  static void read_from(M&, bench::pipe_end<M> from, trace* t) {
    std::array<std::byte, 4> buffer;
    ++t->steps;
    const auto in = from.read(buffer);
    t->value = in.value;
  }
  template <class M>
  static void cancelled_reader(M& m, bench::scope_of<M>& scope, trace* t) {
    auto ends = bench::pipe_end<M>::create();
    const auto reader = scope.spawn(bench::fn<read_from<M>>, ends[0], t);
    until(m, t, 1);
    reader.cancel();
    scope.join();
    t->states.push_back(reader.state());
    const auto again = scope.spawn(bench::fn<read_from<M>>, ends[0], t);
    until(m, t, 2);
    const std::array<std::byte, 3> bytes{};
    const auto out = ends[1].write(bytes);
    if (!out) t->error = "write";
    scope.join();
    t->states.push_back(again.state());
    ends[0].close();
    ends[1].close();
  }
  template <class M>
  static void reader(M& m, trace& t) {
    m.with_scope(bench::on_failure::go_on, bench::fn<cancelled_reader<M>>, &t);
  }
};

struct coroutine {
  template <class M>
  static bench::task_of<M, void> count_receive(M&, channel<M>* from, trace* t) {
    ++t->steps;
    const long value = co_await from->receive();
    t->value = value;
  }
  template <class M>
  static bench::task_of<M, void> count_lock(M&, bench::mutex<M>* lock, trace* t) {
    ++t->steps;
    co_await lock->lock();
    t->value = 1;
    lock->unlock();
  }
  template <class M>
  static bench::task_of<M, void> count_sleep(M& m, trace* t) {
    ++t->steps;
    co_await bench::sleep_for(m, long_time);
    t->value = 1;
  }
  // Until `n` tasks have said that they are about to wait, and a moment more.
  template <class M>
  static bench::task_of<M, void> until(M& m, trace* t, int n) {
    while (t->steps.load() < n) co_await bench::sleep_for(m, ms / 2);
    co_await bench::sleep_for(m, 5 * ms);
  }

  template <class M>
  static bench::task_of<M, void> cancelled_receiver(M& m, bench::scope_of<M>& scope,
                                                    channel<M>* queue, trace* t) {
    trace second;
    const auto first = scope.spawn(bench::fn<count_receive<M>>, queue, t);
    co_await until(m, t, 1);
    scope.spawn(bench::fn<count_receive<M>>, queue, &second);
    first.cancel();
    co_await queue->send(42);
    co_await scope.join();
    t->states.push_back(first.state());
    t->value += second.value;
  }
  template <class M>
  static bench::task_of<M, void> receiver(M& m, trace& t) {
    auto queue = bench::make<channel<M>>(m, std::size_t{1});
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancelled_receiver<M>>, queue.get(),
                          &t);
  }

  template <class M>
  static bench::task_of<M, void> cancelled_sender(M& m, bench::scope_of<M>& scope,
                                                  channel<M>* queue, trace* t) {
    co_await queue->send(1);
    const auto sender = scope.spawn(bench::fn<send_two<M>>, queue, t);
    co_await until(m, t, 1);
    sender.cancel();
    co_await scope.join();
    t->states.push_back(sender.state());
    const long first = co_await queue->receive();
    co_await queue->send(3);
    const long second = co_await queue->receive();
    t->value = 10 * first + second;
  }
  template <class M>
  static bench::task_of<M, void> send_two(M&, channel<M>* queue, trace* t) {
    ++t->steps;
    co_await queue->send(2);
  }
  template <class M>
  static bench::task_of<M, void> sender(M& m, trace& t) {
    auto queue = bench::make<channel<M>>(m, std::size_t{1});
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancelled_sender<M>>, queue.get(),
                          &t);
  }

  template <class M>
  static bench::task_of<M, void> cancelled_sleeper(M& m, bench::scope_of<M>& scope, trace* t) {
    const auto sleeper = scope.spawn(bench::fn<count_sleep<M>>, t);
    co_await until(m, t, 1);
    sleeper.cancel();
    co_await scope.join();
    t->states.push_back(sleeper.state());
    sleeper.cancel();
    t->states.push_back(sleeper.state());
  }
  template <class M>
  static bench::task_of<M, void> sleeper(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancelled_sleeper<M>>, &t);
  }

  template <class M>
  static bench::task_of<M, void> tries_again(M&, channel<M>* queue, trace* t) {
    try {
      ++t->steps;
      co_await queue->receive();
    } catch (const bench::cancelled&) {
      t->error = "cancelled once";
    }
    const long value = co_await queue->receive();
    t->value = value;
  }
  template <class M>
  static bench::task_of<M, void> goes_on(M& m, bench::scope_of<M>& scope, channel<M>* queue,
                                         trace* t) {
    const auto task = scope.spawn(bench::fn<tries_again<M>>, queue, t);
    co_await until(m, t, 1);
    task.cancel();
    co_await bench::sleep_for(m, 5 * ms);
    co_await queue->send(7);
    co_await scope.join();
    t->states.push_back(task.state());
  }
  template <class M>
  static bench::task_of<M, void> catcher(M& m, trace& t) {
    auto queue = bench::make<channel<M>>(m, std::size_t{1});
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<goes_on<M>>, queue.get(), &t);
  }

  template <class M>
  static bench::task_of<M, void> cancels_itself(M& m, trace* t) {
    while (!t->go.load()) co_await bench::sleep_for(m, ms / 2);
    t->self.cancel();
    t->value = 1;
    co_await m.checkpoint();
    t->value = 2;
  }
  template <class M>
  static bench::task_of<M, void> cancel_a_runner(M&, bench::scope_of<M>& scope, trace* t) {
    t->self = scope.spawn(bench::fn<cancels_itself<M>>, t);
    t->go = true;
    co_await scope.join();
    t->states.push_back(t->self.state());
  }
  template <class M>
  static bench::task_of<M, void> runner(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel_a_runner<M>>, &t);
  }

  template <class M>
  static bench::task_of<M, void> never_starts(M&, bench::scope_of<M>& scope, trace* t) {
    const auto task = scope.spawn(bench::fn<count_sleep<M>>, t);
    t->states.push_back(task.state());
    task.cancel();
    co_await scope.join();
    t->states.push_back(task.state());
  }
  template <class M>
  static bench::task_of<M, void> not_started(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<never_starts<M>>, &t);
  }

  template <class M>
  static bench::task_of<M, void> careful(M&, channel<M>* queue, trace* t) {
    ++t->steps;
    const long value = co_await queue->receive();
    t->value = value;
  }
  template <class M>
  static bench::task_of<M, void> in_shield(M& m, channel<M>* queue, trace* t) {
    co_await m.shielded(bench::fn<careful<M>>, queue, t);
    t->steps = 10;
    co_await m.checkpoint();
    t->steps = 11;
  }
  template <class M>
  static bench::task_of<M, void> cancel_the_shielded(M& m, bench::scope_of<M>& scope,
                                                     channel<M>* queue, trace* t) {
    const auto task = scope.spawn(bench::fn<in_shield<M>>, queue, t);
    co_await until(m, t, 1);
    task.cancel();
    co_await bench::sleep_for(m, 5 * ms);
    co_await queue->send(9);
    co_await scope.join();
    t->states.push_back(task.state());
  }
  template <class M>
  static bench::task_of<M, void> shield(M& m, trace& t) {
    auto queue = bench::make<channel<M>>(m, std::size_t{1});
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_shielded<M>>, queue.get(),
                          &t);
  }

  template <class M>
  static bench::task_of<M, void> sleeps_and_cleans_up(M& m, trace* t) {
    try {
      ++t->steps;
      co_await bench::sleep_for(m, long_time);
    } catch (const bench::cancelled&) {
      t->value = 5;
      throw;
    }
  }
  template <class M>
  static bench::task_of<M, void> owns_a_scope(M&, bench::scope_of<M>& scope, trace* t) {
    for (int i = 0; i < 3; ++i) scope.spawn(bench::fn<sleeps_and_cleans_up<M>>, t);
    co_await scope.join();
  }
  template <class M>
  static bench::task_of<M, void> nested(M& m, trace* t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<owns_a_scope<M>>, t);
  }
  template <class M>
  static bench::task_of<M, void> cancel_the_nested(M& m, bench::scope_of<M>& scope, trace* t) {
    const auto task = scope.spawn(bench::fn<nested<M>>, t);
    co_await until(m, t, 3);
    task.cancel();
    co_await scope.join();
    t->states.push_back(task.state());
  }
  template <class M>
  static bench::task_of<M, void> tree(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_nested<M>>, &t);
  }

  template <class M>
  static bench::task_of<M, long> quick(M& m) {
    co_await bench::sleep_for(m, 1 * ms);
    co_return 3;
  }
  template <class M>
  static bench::task_of<M, void> too_slow(M& m, trace& t) {
    const long in_time = co_await m.within(long_time, bench::fn<quick<M>>);
    t.steps = static_cast<int>(in_time);
    try {
      co_await m.within(10 * ms, bench::fn<sleeps_and_cleans_up<M>>, &t);
    } catch (const bench::timed_out&) {
      t.error = t.value == 5 ? "timed out, the inner one first" : "timed out too early";
    }
  }

  template <class M>
  static bench::task_of<M, void> inner_limit(M& m, trace* t) {
    try {
      co_await m.within(long_time, bench::fn<sleeps_and_cleans_up<M>>, t);
    } catch (const bench::timed_out&) {
      t->error = "the wrong one";
    }
  }
  template <class M>
  static bench::task_of<M, void> two_limits(M& m, trace& t) {
    try {
      co_await m.within(10 * ms, bench::fn<inner_limit<M>>, &t);
    } catch (const bench::timed_out&) {
      t.error += "the outer one";
    }
  }

  template <class M>
  static bench::task_of<M, void> limited(M& m, trace* t) {
    co_await m.within(long_time, bench::fn<sleeps_and_cleans_up<M>>, t);
  }
  template <class M>
  static bench::task_of<M, void> cancel_the_limited(M& m, bench::scope_of<M>& scope, trace* t) {
    const auto task = scope.spawn(bench::fn<limited<M>>, t);
    co_await until(m, t, 1);
    task.cancel();
    co_await scope.join();
    t->states.push_back(task.state());
  }
  template <class M>
  static bench::task_of<M, void> cancelled_within(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_limited<M>>, &t);
  }

  template <class M>
  static bench::task_of<M, void> cancelled_waiter(M& m, bench::scope_of<M>& scope,
                                                  bench::mutex<M>* lock, trace* t) {
    co_await lock->lock();
    trace second;
    const auto first = scope.spawn(bench::fn<count_lock<M>>, lock, t);
    co_await until(m, t, 1);
    const auto other = scope.spawn(bench::fn<count_lock<M>>, lock, &second);
    co_await until(m, &second, 1);
    first.cancel();
    lock->unlock();
    co_await scope.join();
    t->states = {first.state(), other.state()};
    t->value = 10 * t->value + second.value;
  }
  template <class M>
  static bench::task_of<M, void> locker(M& m, trace& t) {
    auto lock = bench::make<bench::mutex<M>>(m);
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancelled_waiter<M>>, lock.get(), &t);
  }

  template <class M>
  static bench::task_of<M, void> read_from(M&, bench::pipe_end<M> from, trace* t) {
    std::array<std::byte, 4> buffer;
    ++t->steps;
    const auto in = co_await from.read(buffer);
    t->value = in.value;
  }
  template <class M>
  static bench::task_of<M, void> cancelled_reader(M& m, bench::scope_of<M>& scope, trace* t) {
    auto ends = bench::pipe_end<M>::create();
    const auto reader = scope.spawn(bench::fn<read_from<M>>, ends[0], t);
    co_await until(m, t, 1);
    reader.cancel();
    co_await scope.join();
    t->states.push_back(reader.state());
    const auto again = scope.spawn(bench::fn<read_from<M>>, ends[0], t);
    co_await until(m, t, 2);
    const std::array<std::byte, 3> bytes{};
    const auto out = co_await ends[1].write(bytes);
    if (!out) t->error = "write";
    co_await scope.join();
    t->states.push_back(again.state());
    ends[0].close();
    ends[1].close();
  }
  template <class M>
  static bench::task_of<M, void> reader(M& m, trace& t) {
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancelled_reader<M>>, &t);
  }
};

template <class M>
class cancellation : public testing::Test {
 protected:
  M m{with_workers(2)};
  trace t;
};
TYPED_TEST_SUITE(cancellation, supervising::models_, supervising::names);

TYPED_TEST(cancellation, a_receiver_that_is_cancelled_takes_no_item_from_the_next_one) {
  CONTEND_RUN(this->m, receiver, this->t);
  EXPECT_THAT(this->t.states, ElementsAre(state::cancelled));
  EXPECT_EQ(this->t.value, 42);
}

TYPED_TEST(cancellation, a_sender_that_is_cancelled_leaves_nothing_in_the_channel) {
  CONTEND_RUN(this->m, sender, this->t);
  EXPECT_THAT(this->t.states, ElementsAre(state::cancelled));
  EXPECT_EQ(this->t.value, 13);
}

TYPED_TEST(cancellation, ends_a_sleep_at_once_and_does_nothing_to_a_task_that_has_ended) {
  CONTEND_RUN(this->m, sleeper, this->t);
  EXPECT_THAT(this->t.states, ElementsAre(state::cancelled, state::cancelled));
  EXPECT_EQ(this->t.value, 0);
}

TYPED_TEST(cancellation, is_thrown_once_and_a_task_that_catches_it_goes_on) {
  CONTEND_RUN(this->m, catcher, this->t);
  EXPECT_EQ(this->t.error, "cancelled once");
  EXPECT_THAT(this->t.states, ElementsAre(state::done));
  EXPECT_EQ(this->t.value, 7);
}

TYPED_TEST(cancellation, of_a_task_that_runs_comes_with_its_next_wait) {
  CONTEND_RUN(this->m, runner, this->t);
  EXPECT_THAT(this->t.states, ElementsAre(state::cancelled));
  EXPECT_EQ(this->t.value, 1);
}

TYPED_TEST(cancellation, of_a_task_that_has_not_started_keeps_it_from_running) {
  if (std::is_same_v<TypeParam, models::threads>)
    GTEST_SKIP() << "a thread starts whenever the system lets it";
  TypeParam m{with_workers(1)};
  CONTEND_RUN(m, not_started, this->t);
  EXPECT_THAT(this->t.states, ElementsAre(state::pending, state::cancelled));
  EXPECT_EQ(this->t.steps, 0);
}

TYPED_TEST(cancellation, waits_outside_of_a_shield_and_comes_after_it) {
  CONTEND_RUN(this->m, shield, this->t);
  EXPECT_EQ(this->t.value, 9) << "the shielded wait was not served";
  EXPECT_EQ(this->t.steps, 10);
  EXPECT_THAT(this->t.states, ElementsAre(state::cancelled));
}

TYPED_TEST(cancellation, reaches_the_tasks_of_a_scope_that_the_task_joins_and_they_end_first) {
  CONTEND_RUN(this->m, tree, this->t);
  EXPECT_THAT(this->t.states, ElementsAre(state::cancelled));
  EXPECT_EQ(this->t.value, 5);
}

TYPED_TEST(cancellation, a_time_limit_ends_what_takes_longer_and_says_so_when_it_has_ended) {
  CONTEND_RUN(this->m, too_slow, this->t);
  EXPECT_EQ(this->t.steps, 3 + 1) << "what is quick enough has its result";
  EXPECT_EQ(this->t.error, "timed out, the inner one first");
}

TYPED_TEST(cancellation, a_time_limit_is_known_by_who_set_it) {
  CONTEND_RUN(this->m, two_limits, this->t);
  EXPECT_EQ(this->t.error, "the outer one");
}

TYPED_TEST(cancellation, is_not_swallowed_by_a_time_limit) {
  CONTEND_RUN(this->m, cancelled_within, this->t);
  EXPECT_THAT(this->t.states, ElementsAre(state::cancelled));
}

TYPED_TEST(cancellation, a_waiter_that_is_cancelled_leaves_the_lock_to_the_next_one) {
  if (std::is_same_v<TypeParam, models::threads>)
    GTEST_SKIP() << "threads have a lock that blocks, not a line in which one waits";
  CONTEND_RUN(this->m, locker, this->t);
  EXPECT_THAT(this->t.states, ElementsAre(state::cancelled, state::done));
  EXPECT_EQ(this->t.value, 1);
}

TYPED_TEST(cancellation, ends_a_read_in_flight_and_the_next_one_gets_all_bytes) {
  if (std::is_same_v<TypeParam, models::threads>)
    GTEST_SKIP() << "a thread in a plain system call cannot be told";
  for (const int workers : {1, 2}) {
    TypeParam m{with_workers(workers)};
    trace t;
    CONTEND_RUN(m, reader, t);
    EXPECT_THAT(t.states, ElementsAre(state::cancelled, state::done));
    EXPECT_EQ(t.value, 3);
    EXPECT_EQ(t.error, "");
  }
}

}  // namespace
