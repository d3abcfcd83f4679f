#include "workloads/far_side/epoll_web.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "bench/measure/clock.hpp"
#include "tests/shared/converse.hpp"

namespace {

using testing::HasSubstr;
using testing::StartsWith;
using tests::converse;

constexpr std::int64_t ms = 1'000'000;

// The floor of mixed/serve in a thread of its own, until it has had so many connections.
class floor_server {
 public:
  floor_server(const workloads::serve_plan& plan, long connections)
      : web_{plan}, thread_{[this, connections] { web_.serve(connections); }} {}
  std::uint16_t port() const { return web_.port(); }

 private:
  workloads::epoll_web web_;
  std::jthread thread_;
};

TEST(epoll_web, closes_silent_peers_and_serves_the_others_meanwhile) {
  const floor_server s{{.patience_ns = 200 * ms}, 4};
  const auto start = bench::now_ns();
  const auto silent = wire::connect_to(s.port());
  EXPECT_THAT(tests::get(s.port(), "/hello"), StartsWith("HTTP/1.1 200"));
  EXPECT_LT(bench::now_ns() - start, 200 * ms);
  EXPECT_THAT(converse(s.port(), "GET /hel", false), StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(converse(s.port(), "", false), "");
  EXPECT_GE(bench::now_ns() - start, 200 * ms);
  EXPECT_LT(bench::now_ns() - start, 2'500 * ms);
}

TEST(epoll_web, gives_up_a_peer_that_does_not_read_its_answers) {
  const floor_server s{{.patience_ns = 100 * ms}, 1};
  std::string requests;
  for (int i = 0; i < 100'000; ++i) requests += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto peer = wire::connect_to(s.port());
  // Until neither side's buffers take any more, and then until it has been closed.
  const auto last = bench::now_ns() + 5'000 * ms;
  bool closed = false;
  for (std::size_t sent = 0; !closed && bench::now_ns() < last;) {
    const auto n = ::send(peer.get(), requests.data() + sent % requests.size(),
                          requests.size() - sent % requests.size(), MSG_NOSIGNAL);
    if (n > 0) sent += static_cast<std::size_t>(n);
    closed = n < 0 && errno != EAGAIN;
    if (n < 0) std::this_thread::yield();
  }
  EXPECT_TRUE(closed);
}

TEST(epoll_web, does_not_take_a_request_that_waits_for_silence) {
  const floor_server s{{.wait_ns = 300 * ms, .patience_ns = 100 * ms}, 1};
  EXPECT_THAT(tests::get(s.port(), "/hello"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
