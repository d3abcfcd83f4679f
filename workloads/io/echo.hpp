#pragma once

#include <concepts>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/base/companion.hpp"
#include "bench/contract/io.hpp"
#include "bench/contract/workload.hpp"
#include "bench/measure/recorder.hpp"
#include "workloads/far_side/echo_load.hpp"
#include "workloads/far_side/epoll_echo.hpp"
#include "workloads/far_side/uring_echo.hpp"

namespace workloads {

// An echo server, a task for each connection; the load generator is a process of its own, with one
// message in flight on each active connection. Latencies are the client's.
struct echo {
  static constexpr std::string_view about =
      "an echo server with a task for each connection, under a closed loop of requests";

  using input = echo_size;
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{2, 0, 64, 20}};
      case bench::profile::quick:
        return {{64, 0, 64, 2'000}, {64, 0, 16'384, 1'000}};
      case bench::profile::standard:
        return {{1, 0, 64, 2'000},       {64, 0, 64, 50'000},    {64, 0, 4'096, 20'000},
                {64, 0, 16'384, 10'000}, {64, 0, 65'536, 5'000}, {1'000, 0, 64, 50'000}};
      case bench::profile::thorough:
        return {{1, 0, 64, 10'000},      {64, 0, 64, 200'000},      {64, 0, 1'024, 100'000},
                {64, 0, 4'096, 100'000}, {64, 0, 16'384, 50'000},   {64, 0, 65'536, 20'000},
                {1'000, 0, 64, 200'000}, {1'000, 0, 16'384, 50'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return in.describe(); }
  static bench::demand demand(const input& in) {
    return {.tasks = in.requests, .live = in.connections + in.idle + 1};
  }
  // Every request answered once, with the bytes that it sent: the generator checks them.
  static long expected(const input& in) { return in.requests; }
  static long completed(long answer) { return answer; }

  template <class M>
  struct setup : echo_load {
    setup(M&, const input& in) : echo_load{in} {}
    setup(const setup&) = delete;
    ~setup() { listener.close(); }
    void reset() { connect_to(listener.port()); }
    bench::listener<M> listener{0};
  };
  template <std::same_as<bench::no_model> M>
  struct setup<M> : echo_load {
    setup(M&, const input& in, const bench::settings& s)
        : echo_load{in}, server{buffer_bytes()}, on_io_uring{s.engine == "io_uring"} {}
    void reset() { connect_to(server.port()); }
    epoll_echo server;
    bool on_io_uring;
  };

  // Beside the raw epoll server, where that engine is asked for.
  static std::optional<std::string> io_uring_floor_missing() { return io_uring_echo_missing(); }

  static int floor(setup<bench::no_model>& s) {
    s.go();
    if (s.on_io_uring) {
      serve_on_io_uring(s.server.listener(), s.connections(), s.buffer_bytes());
    } else {
      s.server.serve(s.connections());
    }
    return 0;
  }

  struct direct {
    template <bench::waits M>
    requires bench::does_io<M>
    static void serve(M&, bench::stream<M> peer, std::size_t buffer_bytes) {
      std::vector<std::byte> buffer(buffer_bytes);
      for (;;) {
        const auto in = peer.read(buffer);
        if (!in || in.value == 0) break;
        const auto message = std::span{buffer}.first(in.value);
        const auto out = peer.write(message);
        if (!out) break;
      }
      peer.close();
    }

    template <bench::waits M>
    requires bench::does_io<M>
    static int run(M& m, setup<M>& s) {
      auto group = m.group();
      s.go();
      for (long i = 0; i < s.connections(); ++i) {
        const auto accepted = s.listener.accept();
        bench::stream<M> peer{static_cast<int>(accepted.get("accept"))};
        peer.send_at_once();
        group.spawn(bench::fn<serve<M>>, peer, s.buffer_bytes());
        peer.hand_over();
      }
      group.join();
      return 0;
    }
  };

  struct coroutine {
    template <bench::waits M>
    requires bench::does_io<M>
    static bench::task_of<M, void> serve(M&, bench::stream<M> peer, std::size_t buffer_bytes) {
      std::vector<std::byte> buffer(buffer_bytes);
      for (;;) {
        const auto in = co_await peer.read(buffer);
        if (!in || in.value == 0) break;
        const auto message = std::span{buffer}.first(in.value);
        const auto out = co_await peer.write(message);
        if (!out) break;
      }
      peer.close();
    }

    template <bench::waits M>
    requires bench::does_io<M>
    static bench::task_of<M, int> run(M& m, setup<M>& s) {
      auto group = m.group();
      s.go();
      for (long i = 0; i < s.connections(); ++i) {
        const auto accepted = co_await s.listener.accept();
        bench::stream<M> peer{static_cast<int>(accepted.get("accept"))};
        peer.send_at_once();
        group.spawn(bench::fn<serve<M>>, peer, s.buffer_bytes());
        peer.hand_over();
      }
      co_await group.join();
      co_return 0;
    }
  };
};

}  // namespace workloads
