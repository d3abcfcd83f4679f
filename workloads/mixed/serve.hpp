#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/operations.hpp"
#include "bench/contract/workload.hpp"
#include "workloads/far_side/epoll_web.hpp"
#include "workloads/far_side/load_client.hpp"
#include "workloads/far_side/serve_load.hpp"
#include "workloads/far_side/web_session.hpp"

namespace workloads {

// An HTTP server, a task for each connection, whose handler waits as for a database, computes and
// answers. Under a rate the requests come at times of their own, whatever the answers do, and the
// latency is from the time that a request was meant for; without one, the next request comes with
// the answer.
struct serve {
  static constexpr std::string_view about =
      "an HTTP server whose handler waits, computes and answers, at fixed rates or closed loop";

  using input = serve_size;
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{2, 0, 0, 1, 20}, {2, 500, 200, 2, 20}};
      case bench::profile::quick:
        return {{64, 0, 0, 1, 1'000}, {64, 4'000, 1'000, 50, 250}};
      case bench::profile::standard:
        return {{64, 0, 0, 1, 50'000},
                {64, 0, 1'000, 50, 20'000},
                {64, 5'000, 1'000, 50, 5'000},
                {256, 15'000, 1'000, 50, 15'000}};
      case bench::profile::thorough:
        return {{64, 0, 0, 1, 200'000},
                {64, 0, 1'000, 50, 100'000},
                {64, 2'000, 1'000, 50, 4'000},
                {64, 5'000, 1'000, 50, 10'000},
                {64, 10'000, 1'000, 50, 20'000},
                {256, 20'000, 1'000, 50, 40'000},
                {1'000, 20'000, 20'000, 50, 40'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) { return in.describe(); }
  static bench::demand demand(const input& in) {
    return {.tasks = in.requests, .live = in.connections + 1};
  }
  // Every request answered once, with the right digest: the client checks them.
  static long expected(const input& in) { return in.requests; }
  static long completed(long answer) { return answer; }

  template <class M>
  struct setup : serve_load {
    setup(M& m, const input& in) : setup{m, in.plan(), in.connections, 0} { size = in; }
    // A server on `port` for whoever comes.
    setup(M& m, const serve_plan& p, long connections, std::uint16_t port)
        : tasks{connections},
          listener{port},
          door{bench::make<bench::mutex<M>>(m)},
          shared{m.template buffer<serve_plan>(1)} {
      *shared.data() = p;
    }
    setup(const setup&) = delete;
    ~setup() { listener.close(); }
    void reset() { connect_to(listener.port()); }

    long tasks;
    bench::listener<M> listener;
    bench::shared<bench::mutex<M>> door;  // one task at a time accepts
    bench::buffer<serve_plan> shared;
  };
  template <std::same_as<bench::no_model> M>
  struct setup<M> : serve_load {
    setup(M&, const input& in) : server{in.plan()} { size = in; }
    void reset() { connect_to(server.port()); }
    epoll_web server;
  };

  static int floor(setup<bench::no_model>& s) {
    s.go();
    s.server.serve(s.size.connections);
    return 0;
  }

  struct direct {
    template <bench::waits M>
    requires bench::does_io<M> && bench::locks<M>
    static void attend(M& m, bench::listener<M> listener, bench::mutex<M>* door,
                       const serve_plan* plan) {
      do {
        door->lock();
        const auto accepted = listener.accept();
        door->unlock();
        bench::stream<M> peer{static_cast<int>(accepted.get("accept"))};
        peer.send_at_once();
        web_session session;
        for (bool open = true; open;) {
          session.begin();
          while (session.wants_bytes()) {
            const auto got = peer.read(session.space(), bench::amount::some, plan->patience_ns);
            session.take(got);
          }
          if (session.is_over()) break;
          if (session.has_request()) {
            bench::sleep_for(m, plan->wait_ns);
            session.answer(answer_to(session.target(), plan->rounds));
          }
          const auto sent = peer.write(session.reply(), plan->patience_ns);
          open = session.sent(sent);
        }
        if (session.lingers()) peer.shut_down();
        while (session.lingers()) {
          const auto got = peer.read(session.scrap(), bench::amount::some, plan->patience_ns);
          session.drop(got);
        }
        peer.close();
      } while (plan->for_ever);
    }

    template <bench::waits M>
    requires bench::does_io<M> && bench::locks<M>
    static int run(M& m, setup<M>& s) {
      const serve_plan* const plan = s.shared.data();
      auto group = m.group();
      for (long i = 0; i < s.tasks; ++i)
        group.spawn(bench::fn<attend<M>>, s.listener, s.door.get(), plan);
      s.go();
      group.join();
      return 0;
    }
  };

  struct coroutine {
    template <bench::waits M>
    requires bench::does_io<M> && bench::locks<M>
    static bench::task_of<M, void> attend(M& m, bench::listener<M> listener, bench::mutex<M>* door,
                                          const serve_plan* plan) {
      do {
        co_await door->lock();
        const auto accepted = co_await listener.accept();
        door->unlock();
        bench::stream<M> peer{static_cast<int>(accepted.get("accept"))};
        peer.send_at_once();
        web_session session;
        for (bool open = true; open;) {
          session.begin();
          while (session.wants_bytes()) {
            const auto got =
                co_await peer.read(session.space(), bench::amount::some, plan->patience_ns);
            session.take(got);
          }
          if (session.is_over()) break;
          if (session.has_request()) {
            co_await bench::sleep_for(m, plan->wait_ns);
            session.answer(answer_to(session.target(), plan->rounds));
          }
          const auto sent = co_await peer.write(session.reply(), plan->patience_ns);
          open = session.sent(sent);
        }
        if (session.lingers()) peer.shut_down();
        while (session.lingers()) {
          const auto got =
              co_await peer.read(session.scrap(), bench::amount::some, plan->patience_ns);
          session.drop(got);
        }
        peer.close();
      } while (plan->for_ever);
    }

    template <bench::waits M>
    requires bench::does_io<M> && bench::locks<M>
    static bench::task_of<M, int> run(M& m, setup<M>& s) {
      const serve_plan* const plan = s.shared.data();
      auto group = m.group();
      for (long i = 0; i < s.tasks; ++i)
        group.spawn(bench::fn<attend<M>>, s.listener, s.door.get(), plan);
      s.go();
      co_await group.join();
      co_return 0;
    }
  };
};

}  // namespace workloads
