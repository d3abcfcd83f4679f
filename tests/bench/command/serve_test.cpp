// The HTTP server under every model that has one, as a process, with peers of all manners.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "bench/measure/clock.hpp"
#include "models/support/io/engine.hpp"
#include "tests/shared/command_line.hpp"
#include "tests/shared/converse.hpp"
#include "wire/sockets.hpp"

namespace {

using testing::HasSubstr;
using testing::StartsWith;
using tests::body_of;
using tests::converse;
using tests::get;

std::string mark() { return "CONTEND_MARK=serve-" + std::to_string(::getpid()); }

// contend-serve on a free port, killed at the end.
class server {
 public:
  explicit server(const std::string& model, const std::string& engine = "epoll") {
    auto environment = mark();
    std::array<int, 2> out{};
    if (::pipe(out.data()) != 0) throw std::runtime_error{"pipe"};
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      ::putenv(environment.data());
      const std::string program = CONTEND_BINARY_DIR "/contend-serve";
      ::execl(program.c_str(), program.c_str(), "--port=0", "--patience-ms=500", "--connections=8",
              ("--set=engine=" + engine).c_str(), ("--model=" + model).c_str(), nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    std::string line;
    for (char c = 0; c != '\n' && ::read(out[0], &c, 1) == 1;) line += c;
    ::close(out[0]);
    const auto colon = line.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error{"contend-serve said: " + line};
    port_ = static_cast<std::uint16_t>(std::stoul(line.substr(colon + 1)));
  }
  ~server() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  server(const server&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

// A model whose tasks may wait by an engine.
struct by {
  std::string model, engine = "epoll";
};

class serve : public testing::TestWithParam<by> {
 protected:
  void SetUp() override {
    bench::settings settings;
    settings.engine = GetParam().engine;
    if (const auto why = models::support::engine_missing(settings)) GTEST_SKIP() << *why;
  }
  static server start() { return server{GetParam().model, GetParam().engine}; }
};
INSTANTIATE_TEST_SUITE_P(every_model, serve,
                         testing::Values(by{"coroutines"}, by{"coroutines", "io_uring"},
                                         by{"coroutines", "libuv"}, by{"fibers"},
                                         by{"fibers", "io_uring"}, by{"fibers", "libuv"},
                                         by{"threads"}, by{"processes"}),
                         [](const auto& p) { return p.param.model + "_" + p.param.engine; });

// printf %s /hello | sha256sum
constexpr const char* digest_of_hello =
    "13a7bc88b63d361f5752d7ef3f5c96cd262ef580e6f435cced6bd10ec82842b0\n";

TEST_P(serve, answers_with_the_digest_of_the_target) {
  const auto s = start();
  EXPECT_THAT(get(s.port(), "/hello"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(body_of(get(s.port(), "/hello")), digest_of_hello);
  EXPECT_NE(body_of(get(s.port(), "/hallo")), digest_of_hello);
  const auto head =
      converse(s.port(), "HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false);
  EXPECT_THAT(head, HasSubstr("Content-Length: 65\r\n"));
  EXPECT_EQ(body_of(head), "");
}

TEST_P(serve, answers_pipelined_requests_in_order_to_a_half_closed_peer) {
  const auto s = start();
  std::string requests;
  for (int i = 0; i < 50; ++i)
    requests +=
        std::string{"GET "} + (i % 2 == 0 ? "/hello" : "/other") + " HTTP/1.1\r\nHost: a\r\n\r\n";
  auto answers = converse(s.port(), requests);
  for (int i = 0; i < 50; ++i) {
    const auto end = answers.find("\r\n\r\n");
    ASSERT_NE(end, std::string::npos) << i;
    EXPECT_EQ(answers.substr(end + 4, 65) == digest_of_hello, i % 2 == 0) << i;
    answers.erase(0, end + 4 + 65);
  }
  EXPECT_EQ(answers, "");
}

TEST_P(serve, answers_curl_twice_over_one_connection) {
  if (tests::shell("command -v curl").status != 0) GTEST_SKIP() << "curl is not installed";
  const auto s = start();
  const auto url = " http://127.0.0.1:" + std::to_string(s.port()) + "/hello";
  const auto f =
      tests::shell("curl -sS --max-time 20 -w '%{http_code} %{num_connects};'" + url + url);
  EXPECT_EQ(f.status, 0);
  EXPECT_EQ(f.output, std::string{digest_of_hello} + "200 1;" + digest_of_hello + "200 0;");
}

TEST_P(serve, refuses_what_is_no_request_and_goes_on) {
  const auto s = start();
  const auto port = s.port();
  EXPECT_THAT(converse(port, "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(converse(port, "GET / HTTP/2.0\r\n\r\n"), StartsWith("HTTP/1.1 505"));
  EXPECT_THAT(converse(port, "GET /" + std::string(100'000, 'x')), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(converse(port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(converse(port,
                       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /hello "
                       "HTTP/1.1\r\nHost: a\r\n\r\n"),
              testing::AllOf(StartsWith("HTTP/1.1 405"), HasSubstr(digest_of_hello)));
  EXPECT_THAT(converse(port,
                       "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: "
                       "100-continue\r\n\r\n",
                       false),
              StartsWith("HTTP/1.1 405"));
  EXPECT_EQ(body_of(get(port, "/hello")), digest_of_hello);
}

TEST_P(serve, closes_the_slow_and_serves_the_others_meanwhile) {
  const auto s = start();
  const auto silent = wire::connect_to(s.port());
  const auto start = bench::now_ns();
  EXPECT_EQ(body_of(get(s.port(), "/hello")), digest_of_hello);
  EXPECT_THAT(converse(s.port(), "GET /hel", false, 5'000), StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(converse(s.port(), "", false, 5'000), "");
  EXPECT_LT(bench::now_ns() - start, 5'000'000'000);
  // Bytes that drip in faster than patience ends, but for ever.
  const auto drip = wire::connect_to(s.port());
  std::string got;
  for (int i = 0; i < 500 && got.empty(); ++i) {
    ::send(drip.get(), i == 0 ? "GET /" : "x", i == 0 ? 5 : 1, MSG_NOSIGNAL);
    ::usleep(5'000);
    std::array<char, 256> bytes{};
    const auto n = ::recv(drip.get(), bytes.data(), bytes.size(), 0);
    if (n > 0) got.assign(bytes.data(), static_cast<std::size_t>(n));
  }
  EXPECT_THAT(got, StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(body_of(get(s.port(), "/hello")), digest_of_hello);
}

TEST_P(serve, leaves_no_process_behind) {
  {
    const auto s = start();
    EXPECT_EQ(body_of(get(s.port(), "/hello")), digest_of_hello);
    EXPECT_FALSE(tests::marked_processes(mark()).empty());
  }
  for (int i = 0; i < 200 && !tests::marked_processes(mark()).empty(); ++i) ::usleep(10'000);
  EXPECT_TRUE(tests::marked_processes(mark()).empty());
}

TEST(serve_command, refuses_models_that_cannot) {
  for (const auto& [model, why] : {std::pair{"tbb", "holding its worker"}, {"fibres", "fibers"}}) {
    const auto f =
        tests::shell(CONTEND_BINARY_DIR "/contend-serve --port 0 --model " + std::string{model});
    EXPECT_EQ(f.status, 1);
    EXPECT_THAT(f.output, HasSubstr(why));
  }
}

}  // namespace
