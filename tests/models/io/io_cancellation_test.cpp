// Input and output that is cancelled in flight, on every engine: no byte is lost or comes twice,
// and a buffer belongs to its task again when the task goes on.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/supervision.hpp"
#include "models/support/io/engine.hpp"
#include "tests/shared/seed.hpp"
#include "tests/shared/supervising_models.hpp"
#include "wire/sockets.hpp"

namespace {

using supervising::ms;

// Bytes from a task that writes to one that reads, both cancelled again and again.
struct flow {
  explicit flow(std::size_t size) : out(size), in(size) {
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(i * 31 + i / 251);
  }
  std::span<const std::byte> next_out(std::size_t n) const {
    return std::span{out}.subspan(written).first(std::min(n, out.size() - written));
  }
  std::span<std::byte> next_in(std::size_t n) {
    return std::span{in}.subspan(read).first(std::min(n, in.size() - read));
  }
  std::vector<std::byte> out, in;
  std::size_t written = 0, read = 0;
  std::atomic<int> begun = 0, busy = 2;
  std::atomic<long> cancelled = 0, cut = 0;  // cut: with some bytes moved
  void count(const bench::cancelled& c) {
    ++cancelled;
    if (c.bytes > 0) ++cut;
  }
};

// What the tasks of a test leave behind for it to look at.
struct trace {
  std::atomic<int> steps = 0;
  std::int64_t bytes = -1;
  std::array<std::byte, 8> buffer{};
  int accepted = -1;
  models::support::task_handle self;
  std::atomic<bool> go = false;
};

// A pair of ends: of a pipe, or of a socket.
template <class M, template <class> class End>
std::array<End<M>, 2> new_ends() {
  if constexpr (std::is_same_v<End<M>, bench::pipe_end<M>>) {
    return bench::pipe_end<M>::create();
  } else {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0)
      throw std::runtime_error{"socketpair"};
    return {End<M>{fds[0]}, End<M>{fds[1]}};
  }
}

struct direct {
  template <class M, class End>
  static void pour(M&, End to, flow* f, unsigned seed) {
    std::minstd_rand random{seed};
    ++f->begun;
    while (f->written < f->out.size()) {
      try {
        const auto out = to.write(f->next_out(1 + random() % 300'000));
        f->written += out.get("write");
      } catch (const bench::cancelled& c) {
        f->written += c.bytes;
        f->count(c);
      }
    }
    --f->busy;
  }
  template <class M, class End>
  static void drain(M&, End from, flow* f, unsigned seed) {
    std::minstd_rand random{seed};
    ++f->begun;
    while (f->read < f->in.size()) {
      // Not straight into its place: the buffer ends with the wait, as buffers do.
      std::vector<std::byte> buffer(f->next_in(1 + random() % 300'000).size());
      std::int64_t moved = 0;
      try {
        const auto in = from.read(buffer, bench::amount::all);
        moved = in.get("read");
      } catch (const bench::cancelled& c) {
        moved = c.bytes;
        f->count(c);
      }
      std::copy_n(buffer.begin(), moved, f->next_in(buffer.size()).begin());
      f->read += moved;
    }
    --f->busy;
  }
  template <class M, class End>
  static void disturb_ends(M& m, bench::scope_of<M>& scope, std::array<End, 2> ends, flow* f,
                           unsigned seed) {
    std::minstd_rand random{seed};
    const std::array tasks{scope.spawn(bench::fn<pour<M, End>>, ends[1], f, seed + 1),
                           scope.spawn(bench::fn<drain<M, End>>, ends[0], f, seed + 2)};
    while (f->begun < 2) bench::sleep_for(m, ms);
    while (f->busy != 0) {
      tasks[random() % 2].cancel();
      bench::sleep_for(m, random() % 50'000);
    }
    scope.join();
  }
  template <class M>
  static void disturb_pipe(M& m, flow& f, unsigned& seed) {
    auto ends = new_ends<M, bench::pipe_end>();
    m.with_scope(bench::on_failure::go_on, bench::fn<disturb_ends<M, bench::pipe_end<M>>>, ends, &f,
                 seed);
    for (auto& end : ends) end.close();
  }
  template <class M>
  static void disturb_socket(M& m, flow& f, unsigned& seed) {
    auto ends = new_ends<M, bench::stream>();
    m.with_scope(bench::on_failure::go_on, bench::fn<disturb_ends<M, bench::stream<M>>>, ends, &f,
                 seed);
    for (auto& end : ends) end.close();
  }

  template <class M>
  static void write_much(M&, bench::pipe_end<M> to, trace* t) {
    const std::vector<std::byte> bytes(1 << 20);
    try {
      ++t->steps;
      to.write(bytes);
    } catch (const bench::cancelled& c) {
      t->bytes = c.bytes;
    }
  }
  template <class M>
  static void cancel_the_writer(M& m, bench::scope_of<M>& scope, bench::pipe_end<M> to, trace* t) {
    const auto writer = scope.spawn(bench::fn<write_much<M>>, to, t);
    while (t->steps == 0) bench::sleep_for(m, ms);
    bench::sleep_for(m, 5 * ms);
    writer.cancel();
    scope.join();
  }
  // As many bytes are in the pipe as it says.
  template <class M>
  static bool writer(M& m, trace& t) {
    auto ends = bench::pipe_end<M>::create();
    m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_writer<M>>, ends[1], &t);
    ends[1].close();
    std::vector<std::byte> all(1 << 20);
    const auto in = ends[0].read(all, bench::amount::all);
    ends[0].close();
    return t.bytes > 0 && in.value == t.bytes;
  }

  template <class M>
  static void read_eight(M&, bench::pipe_end<M> from, trace* t) {
    while (!t->go) std::this_thread::yield();
    try {
      ++t->steps;
      from.read(t->buffer, bench::amount::all);
    } catch (const bench::cancelled& c) {
      t->bytes = c.bytes;
    }
  }
  template <class M>
  static void cancel_the_reader(M& m, bench::scope_of<M>& scope,
                                std::array<bench::pipe_end<M>, 2> ends, trace* t, bool at_once) {
    const std::array<std::byte, 5> bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                         std::byte{5}};
    if (at_once) {
      const auto first = ends[1].write(bytes);
      first.get("write");
    }
    t->self = scope.spawn(bench::fn<read_eight<M>>, ends[0], t);
    t->go = true;
    while (t->steps == 0) bench::sleep_for(m, ms);
    if (!at_once) {
      bench::sleep_for(m, 5 * ms);
      const auto later = ends[1].write(bytes);
      later.get("write");
    }
    bench::sleep_for(m, 5 * ms);
    t->self.cancel();
    scope.join();
  }
  template <class M>
  static void reader(M& m, trace& t, bool& at_once) {
    auto ends = bench::pipe_end<M>::create();
    m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_reader<M>>, ends, &t, at_once);
    // What comes now is not for the buffer of the task that was cancelled.
    const std::array<std::byte, 3> more{std::byte{6}, std::byte{7}, std::byte{8}};
    const auto out = ends[1].write(more);
    out.get("write");
    bench::sleep_for(m, 2 * ms);
    std::array<std::byte, 8> others{};
    const auto in = ends[0].read(others);
    EXPECT_EQ(in.value, 3);
    EXPECT_EQ(others[0], std::byte{6});
    for (auto& end : ends) end.close();
  }

  template <class M>
  static void reads_when_cancelled(M&, bench::pipe_end<M> from, trace* t) {
    while (!t->go) std::this_thread::yield();
    t->self.cancel();
    try {
      from.read(t->buffer, bench::amount::all);
    } catch (const bench::cancelled& c) {
      t->bytes = c.bytes;
    }
  }
  template <class M>
  static void let_it_read(M&, bench::scope_of<M>& scope, bench::pipe_end<M> from, trace* t) {
    t->self = scope.spawn(bench::fn<reads_when_cancelled<M>>, from, t);
    t->go = true;
    scope.join();
  }
  template <class M>
  static void too_late(M& m, trace& t) {
    auto ends = bench::pipe_end<M>::create();
    const std::array<std::byte, 3> bytes{};
    const auto out = ends[1].write(bytes);
    out.get("write");
    m.with_scope(bench::on_failure::go_on, bench::fn<let_it_read<M>>, ends[0], &t);
    for (auto& end : ends) end.close();
  }

  template <class M>
  static void accept_one(M&, bench::listener<M> from, trace* t) {
    ++t->steps;
    const auto accepted = from.accept();
    t->accepted = static_cast<int>(accepted.get("accept"));
  }
  template <class M>
  static void cancel_the_acceptor(M& m, bench::scope_of<M>& scope, bench::listener<M> from,
                                  trace* t) {
    const auto first = scope.spawn(bench::fn<accept_one<M>>, from, t);
    while (t->steps < 1) bench::sleep_for(m, ms);
    bench::sleep_for(m, 5 * ms);
    first.cancel();
    scope.join();
    EXPECT_EQ(first.state(), bench::task_state::cancelled);
    const auto peer = wire::connect_to(from.port());
    scope.spawn(bench::fn<accept_one<M>>, from, t);
    scope.join();
  }
  template <class M>
  static void acceptor(M& m, trace& t) {
    bench::listener<M> from{0};
    m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_acceptor<M>>, from, &t);
    from.close();
  }
};

struct coroutine {
  template <class M, class End>
  static bench::task_of<M, void> pour(M&, End to, flow* f, unsigned seed) {
    std::minstd_rand random{seed};
    ++f->begun;
    while (f->written < f->out.size()) {
      try {
        const auto out = co_await to.write(f->next_out(1 + random() % 300'000));
        f->written += out.get("write");
      } catch (const bench::cancelled& c) {
        f->written += c.bytes;
        f->count(c);
      }
    }
    --f->busy;
  }
  template <class M, class End>
  static bench::task_of<M, void> drain(M&, End from, flow* f, unsigned seed) {
    std::minstd_rand random{seed};
    ++f->begun;
    while (f->read < f->in.size()) {
      // Not straight into its place: the buffer ends with the wait, as buffers do.
      std::vector<std::byte> buffer(f->next_in(1 + random() % 300'000).size());
      std::int64_t moved = 0;
      try {
        const auto in = co_await from.read(buffer, bench::amount::all);
        moved = in.get("read");
      } catch (const bench::cancelled& c) {
        moved = c.bytes;
        f->count(c);
      }
      std::copy_n(buffer.begin(), moved, f->next_in(buffer.size()).begin());
      f->read += moved;
    }
    --f->busy;
  }
  template <class M, class End>
  static bench::task_of<M, void> disturb_ends(M& m, bench::scope_of<M>& scope,
                                              std::array<End, 2> ends, flow* f, unsigned seed) {
    std::minstd_rand random{seed};
    const std::array tasks{scope.spawn(bench::fn<pour<M, End>>, ends[1], f, seed + 1),
                           scope.spawn(bench::fn<drain<M, End>>, ends[0], f, seed + 2)};
    while (f->begun < 2) co_await bench::sleep_for(m, ms);
    while (f->busy != 0) {
      tasks[random() % 2].cancel();
      co_await bench::sleep_for(m, random() % 50'000);
    }
    co_await scope.join();
  }
  template <class M>
  static bench::task_of<M, void> disturb_pipe(M& m, flow& f, unsigned& seed) {
    auto ends = new_ends<M, bench::pipe_end>();
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<disturb_ends<M, bench::pipe_end<M>>>,
                          ends, &f, seed);
    for (auto& end : ends) end.close();
  }
  template <class M>
  static bench::task_of<M, void> disturb_socket(M& m, flow& f, unsigned& seed) {
    auto ends = new_ends<M, bench::stream>();
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<disturb_ends<M, bench::stream<M>>>,
                          ends, &f, seed);
    for (auto& end : ends) end.close();
  }

  template <class M>
  static bench::task_of<M, void> write_much(M&, bench::pipe_end<M> to, trace* t) {
    const std::vector<std::byte> bytes(1 << 20);
    try {
      ++t->steps;
      co_await to.write(bytes);
    } catch (const bench::cancelled& c) {
      t->bytes = c.bytes;
    }
  }
  template <class M>
  static bench::task_of<M, void> cancel_the_writer(M& m, bench::scope_of<M>& scope,
                                                   bench::pipe_end<M> to, trace* t) {
    const auto writer = scope.spawn(bench::fn<write_much<M>>, to, t);
    while (t->steps == 0) co_await bench::sleep_for(m, ms);
    co_await bench::sleep_for(m, 5 * ms);
    writer.cancel();
    co_await scope.join();
  }
  // As many bytes are in the pipe as it says.
  template <class M>
  static bench::task_of<M, bool> writer(M& m, trace& t) {
    auto ends = bench::pipe_end<M>::create();
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_writer<M>>, ends[1], &t);
    ends[1].close();
    std::vector<std::byte> all(1 << 20);
    const auto in = co_await ends[0].read(all, bench::amount::all);
    ends[0].close();
    co_return t.bytes > 0 && in.value == t.bytes;
  }

  template <class M>
  static bench::task_of<M, void> read_eight(M&, bench::pipe_end<M> from, trace* t) {
    while (!t->go) std::this_thread::yield();
    try {
      ++t->steps;
      co_await from.read(t->buffer, bench::amount::all);
    } catch (const bench::cancelled& c) {
      t->bytes = c.bytes;
    }
  }
  template <class M>
  static bench::task_of<M, void> cancel_the_reader(M& m, bench::scope_of<M>& scope,
                                                   std::array<bench::pipe_end<M>, 2> ends, trace* t,
                                                   bool at_once) {
    const std::array<std::byte, 5> bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                         std::byte{5}};
    if (at_once) {
      const auto first = co_await ends[1].write(bytes);
      first.get("write");
    }
    t->self = scope.spawn(bench::fn<read_eight<M>>, ends[0], t);
    t->go = true;
    while (t->steps == 0) co_await bench::sleep_for(m, ms);
    if (!at_once) {
      co_await bench::sleep_for(m, 5 * ms);
      const auto later = co_await ends[1].write(bytes);
      later.get("write");
    }
    co_await bench::sleep_for(m, 5 * ms);
    t->self.cancel();
    co_await scope.join();
  }
  template <class M>
  static bench::task_of<M, void> reader(M& m, trace& t, bool& at_once) {
    auto ends = bench::pipe_end<M>::create();
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_reader<M>>, ends, &t,
                          at_once);
    // What comes now is not for the buffer of the task that was cancelled.
    const std::array<std::byte, 3> more{std::byte{6}, std::byte{7}, std::byte{8}};
    const auto out = co_await ends[1].write(more);
    out.get("write");
    co_await bench::sleep_for(m, 2 * ms);
    std::array<std::byte, 8> others{};
    const auto in = co_await ends[0].read(others);
    EXPECT_EQ(in.value, 3);
    EXPECT_EQ(others[0], std::byte{6});
    for (auto& end : ends) end.close();
  }

  template <class M>
  static bench::task_of<M, void> reads_when_cancelled(M&, bench::pipe_end<M> from, trace* t) {
    while (!t->go) std::this_thread::yield();
    t->self.cancel();
    try {
      co_await from.read(t->buffer, bench::amount::all);
    } catch (const bench::cancelled& c) {
      t->bytes = c.bytes;
    }
  }
  template <class M>
  static bench::task_of<M, void> let_it_read(M&, bench::scope_of<M>& scope, bench::pipe_end<M> from,
                                             trace* t) {
    t->self = scope.spawn(bench::fn<reads_when_cancelled<M>>, from, t);
    t->go = true;
    co_await scope.join();
  }
  template <class M>
  static bench::task_of<M, void> too_late(M& m, trace& t) {
    auto ends = bench::pipe_end<M>::create();
    const std::array<std::byte, 3> bytes{};
    const auto out = co_await ends[1].write(bytes);
    out.get("write");
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<let_it_read<M>>, ends[0], &t);
    for (auto& end : ends) end.close();
  }

  template <class M>
  static bench::task_of<M, void> accept_one(M&, bench::listener<M> from, trace* t) {
    ++t->steps;
    const auto accepted = co_await from.accept();
    t->accepted = static_cast<int>(accepted.get("accept"));
  }
  template <class M>
  static bench::task_of<M, void> cancel_the_acceptor(M& m, bench::scope_of<M>& scope,
                                                     bench::listener<M> from, trace* t) {
    const auto first = scope.spawn(bench::fn<accept_one<M>>, from, t);
    while (t->steps < 1) co_await bench::sleep_for(m, ms);
    co_await bench::sleep_for(m, 5 * ms);
    first.cancel();
    co_await scope.join();
    EXPECT_EQ(first.state(), bench::task_state::cancelled);
    const auto peer = wire::connect_to(from.port());
    scope.spawn(bench::fn<accept_one<M>>, from, t);
    co_await scope.join();
  }
  template <class M>
  static bench::task_of<M, void> acceptor(M& m, trace& t) {
    bench::listener<M> from{0};
    co_await m.with_scope(bench::on_failure::go_on, bench::fn<cancel_the_acceptor<M>>, from, &t);
    from.close();
  }
};

template <class M>
class io_cancellation : public testing::Test {
 protected:
  // Calls `f(m)` on every engine that there is, with one worker and with two.
  template <class F>
  static void on_every_engine(F f) {
    int engines = 0;
    for (const char* engine : {"epoll", "io_uring", "libuv"}) {
      for (const int workers : {1, 2}) {
        auto settings = supervising::with_workers(workers);
        settings.engine = engine;
        if (models::support::engine_missing(settings)) continue;
        SCOPED_TRACE(std::string{engine} + ", workers " + std::to_string(workers));
        M m{settings};
        f(m);
        ++engines;
      }
    }
    EXPECT_GE(engines, 2);
  }

  // Lets `run(m, flow, seed)` cancel reads and writes of so many bytes, on every engine.
  template <class F>
  static void keeps_all_bytes(std::size_t bytes, F run) {
    auto seed = new_seed();
    SCOPED_TRACE(replay(seed));
    long cancelled = 0, cut = 0;  // in all: one run may be over before anybody disturbs it
    on_every_engine([&](auto& m) {
      flow f{bytes};
      run(m, f, seed);
      EXPECT_TRUE(f.in == f.out);
      cancelled += f.cancelled;
      cut += f.cut;
    });
    EXPECT_GT(cancelled, 0);
    EXPECT_GT(cut, 0) << "no read or write was cancelled half-way";
  }
};
using parking_models = testing::Types<models::fibers, models::coroutines>;
TYPED_TEST_SUITE(io_cancellation, parking_models, supervising::names);

TYPED_TEST(io_cancellation, in_the_midst_of_a_pipe_loses_no_byte_and_doubles_none) {
  this->keeps_all_bytes(
      8 << 20, [](auto& m, flow& f, auto& seed) { CONTEND_RUN(m, disturb_pipe, f, seed); });
}

TYPED_TEST(io_cancellation, in_the_midst_of_a_socket_loses_no_byte_and_doubles_none) {
  this->keeps_all_bytes(
      16 << 20, [](auto& m, flow& f, auto& seed) { CONTEND_RUN(m, disturb_socket, f, seed); });
}

TYPED_TEST(io_cancellation, of_a_write_says_how_many_bytes_the_pipe_has_taken) {
  this->on_every_engine([](auto& m) {
    trace t;
    EXPECT_TRUE(CONTEND_RUN(m, writer, t)) << t.bytes;
  });
}

TYPED_TEST(io_cancellation, of_a_read_of_all_says_how_many_bytes_are_in_its_buffer) {
  for (bool at_once : {true, false})
    this->on_every_engine([&](auto& m) {
      trace t;
      CONTEND_RUN(m, reader, t, at_once);
      EXPECT_EQ(t.bytes, 5);
      EXPECT_EQ(t.buffer[4], std::byte{5});
      EXPECT_EQ(t.buffer[5], std::byte{0});
    });
}

TYPED_TEST(io_cancellation, before_a_read_has_to_wait_counts_what_was_there) {
  this->on_every_engine([](auto& m) {
    trace t;
    CONTEND_RUN(m, too_late, t);
    EXPECT_EQ(t.bytes, 3);
  });
}

TYPED_TEST(io_cancellation, of_an_accept_leaves_the_next_connection_to_the_next_one) {
  this->on_every_engine([](auto& m) {
    trace t;
    CONTEND_RUN(m, acceptor, t);
    EXPECT_GE(t.accepted, 0);
    ::close(t.accepted);
  });
}

}  // namespace
