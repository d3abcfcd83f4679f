// The origin and the load generator as they are used: as processes, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "bench/base/companion.hpp"
#include "bench/measure/clock.hpp"
#include "bench/measure/cost.hpp"
#include "tests/shared/converse.hpp"
#include "wire/image_body.hpp"
#include "wire/sockets.hpp"

namespace {

using bench::companion;
using testing::HasSubstr;
using testing::StartsWith;
using tests::body_of;
using tests::converse;
using tests::get;

bool is_right(const wire::image& which, const std::string& body) {
  wire::image_check check{which};
  check.add(body);
  return check.right();
}

nlohmann::json load(std::uint16_t port, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--port", std::to_string(port)});
  companion load{"contend-load", arguments};
  return load.result();
}

TEST(origin, an_image_follows_from_its_path) {
  companion origin{"contend-origin", {}};
  const auto port = origin.port();
  const auto answer = get(port, "/image/7/700001");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(is_right({7, 700'001}, body_of(answer)));
  EXPECT_FALSE(is_right({8, 700'001}, body_of(answer)));
  EXPECT_EQ(body_of(get(port, "/image/7/0")), "");
}

TEST(origin, its_index_lists_images_that_are_there) {
  companion origin{"contend-origin", {"--images", "3", "--bytes", "1KiB"}};
  const auto port = origin.port();
  EXPECT_EQ(body_of(get(port, "/")), "/image/0/1024\n/image/1/1024\n/image/2/1024\n");
  EXPECT_THAT(get(port, "/image/2/9"), StartsWith("HTTP/1.1 200"));
  for (const char* target : {"/image/3/9", "/image/-1/9", "/image/1/", "/image/1/9999999999",
                             "/x/image/1/9", "/nothing"})
    EXPECT_THAT(get(port, target), StartsWith("HTTP/1.1 404")) << target;
}

TEST(origin, latency_and_bandwidth_are_what_was_set) {
  companion origin{"contend-origin", {"--latency", "50ms", "--bandwidth", "1MB"}};
  const auto port = origin.port();
  const auto start = bench::now_ns();
  EXPECT_TRUE(is_right({1, 200'000}, body_of(get(port, "/image/1/200000"))));
  const auto ms = (bench::now_ns() - start) / 1'000'000;
  EXPECT_GE(ms, 250);
  EXPECT_LT(ms, 600);
}

TEST(origin, malformed_and_oversized_requests_get_an_answer) {
  companion origin{"contend-origin", {}};
  const auto port = origin.port();
  EXPECT_THAT(converse(port, "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(converse(port, "GET / HTTP/2.0\r\n\r\n"), StartsWith("HTTP/1.1 505"));
  EXPECT_THAT(converse(port, "DELETE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(converse(port, "GET /" + std::string(100'000, 'x')), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(converse(port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"),
              HasSubstr("HTTP/1.1 413"));
  EXPECT_THAT(get(port, "/image/1/1"), StartsWith("HTTP/1.1 200"));
}

TEST(origin, half_closed_peers_are_answered_and_silent_ones_closed) {
  companion origin{"contend-origin", {"--patience", "200ms"}};
  const auto port = origin.port();
  EXPECT_THAT(converse(port, "GET /image/1/5 HTTP/1.1\r\nHost: a\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
  const auto start = bench::now_ns();
  EXPECT_EQ(converse(port, "GET /ima", false, 10'000), "");
  EXPECT_LT(bench::now_ns() - start, 5'000'000'000);
}

TEST(origin, pipelined_requests_are_answered_in_order) {
  companion origin{"contend-origin", {}};
  std::string requests;
  for (int i = 0; i < 100; ++i)
    requests += "GET /image/" + std::to_string(i) + "/10 HTTP/1.1\r\nHost: a\r\n\r\n";
  auto answers = converse(origin.port(), requests);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto end = answers.find("\r\n\r\n");
    ASSERT_NE(end, std::string::npos) << i;
    ASSERT_TRUE(is_right({i, 10}, answers.substr(end + 4, 10))) << i;
    answers.erase(0, end + 14);
  }
  EXPECT_EQ(answers, "");
}

TEST(load, a_closed_loop_checks_every_echo) {
  companion server{"contend-origin", {"--echo"}};
  const auto port = server.port();
  for (const char* size : {"1", "64", "64KiB", "300000"}) {
    const auto json =
        load(port, {"--size", size, "--connections", "5", "--requests", "500", "--pipeline", "3"});
    EXPECT_EQ(json["answered"], 500) << json;
    EXPECT_EQ(json["answered_once"], true) << json;
    EXPECT_EQ(json["raw"]["count"], 500);
    EXPECT_GT(json["achieved_per_second"], 0);
    EXPECT_GT(json["client_cpu_share"], 0);
  }
}

TEST(load, a_second_of_a_processor_is_enough_for_a_quarter_of_a_million_pipelined_requests) {
  companion origin{"contend-origin", {"--echo"}};
  const auto json = load(origin.port(), {"--connections", "64", "--pipeline", "64", "--duration",
                                         "300ms", "--size", "64"});
  EXPECT_EQ(json["answered_once"], true);
  const auto requests = json["achieved_per_second"].get<double>();
  EXPECT_GT(requests / json["client_cpu_share"].get<double>(), 250'000);
}

TEST(load, an_open_loop_reaches_its_rate_and_measures_from_the_intended_time) {
  companion server{"contend-origin", {"--echo"}};
  const auto port = server.port();
  for (const char* arrivals : {"--no-keep-alive", "--poisson"}) {
    const auto json = load(port, {"--rate", "1000", "--connections", "50", "--duration", "2s",
                                  "--warmup", "100ms", arrivals});
    EXPECT_EQ(json["answered_once"], true) << json;
    EXPECT_NEAR(json["offered_per_second"].get<double>(), 1'000, 150);
    EXPECT_GE(json["corrected"]["p50_ns"], json["raw"]["p50_ns"]);
  }
}

// With one connection and 10 ms an answer, 1,000 requests a second wait in a growing queue. The raw
// latency does not see it: coordinated omission.
TEST(load, a_stalled_server_shows_in_the_corrected_latency) {
  companion server{"contend-origin", {"--latency", "10ms"}};
  const auto json = load(server.port(), {"--protocol", "http", "--target", "/image/1/64", "--rate",
                                         "1000", "--duration", "1s"});
  EXPECT_EQ(json["answered_once"], true) << json;
  EXPECT_LT(json["raw"]["p50_ns"], 100'000'000) << json;
  EXPECT_GT(json["corrected"]["p50_ns"], 300'000'000) << json;
  EXPECT_GT(json["unsent"], 500);
  EXPECT_EQ(json["corrected"]["count"], json["offered_per_second"]);
  EXPECT_THAT(json["limits"].dump(), HasSubstr("of the offered rate was achieved"));
}

TEST(load, http_bodies_are_checked_with_and_without_keep_alive) {
  companion server{"contend-origin", {}};
  const auto port = server.port();
  for (const char* keep : {"--idle=3", "--no-keep-alive"})
    for (const char* target : {"/image/1/100", "/image/2/300000", "/"}) {
      const auto json = load(port, {"--protocol", "http", "--target", target, "--connections", "4",
                                    "--requests", "200", keep});
      EXPECT_EQ(json["answered"], 200) << json;
      EXPECT_EQ(json["answered_once"], true) << json;
    }
}

TEST(load, wrong_answers_are_errors_by_kind) {
  companion echo{"contend-origin", {"--echo"}};
  companion http{"contend-origin", {}};
  const auto malformed = load(echo.port(), {"--protocol", "http", "--duration", "100ms"});
  EXPECT_GT(malformed["errors"]["malformed answer"], 0) << malformed;
  EXPECT_EQ(malformed["answered_once"], false);
  const auto port = http.port();
  const auto missing = load(port, {"--protocol", "http", "--target", "/no", "--max-errors", "10"});
  EXPECT_GT(missing["errors"]["status 404"], 0) << missing;
  const auto wrong = load(port, {"--duration", "100ms", "--timeout", "500ms"});
  EXPECT_EQ(wrong["answered"], 0) << wrong;
  EXPECT_FALSE(wrong["errors"].empty());
}

TEST(load, a_server_that_dies_ends_the_run_with_the_cause) {
  std::optional<companion> server;
  server.emplace("contend-origin", std::vector<std::string>{"--echo"});
  companion load{"contend-load",
                 {"--port", std::to_string(server->port()), "--duration", "60s", "--hold"}};
  load.await_ready();
  load.go();
  ::usleep(100'000);
  server.reset();
  const auto start = bench::now_ns();
  const auto json = load.result();
  EXPECT_LT(bench::now_ns() - start, 5'000'000'000);
  EXPECT_FALSE(json["errors"].empty());
  EXPECT_EQ(json["answered_once"], false);
  EXPECT_THAT(json["limits"].dump(), HasSubstr("cut short"));
}

TEST(load, wrong_use_is_refused_with_what_would_be_right) {
  EXPECT_THROW(
      try { load(1, {}); } catch (const std::runtime_error& e) {
        EXPECT_THAT(e.what(), HasSubstr("Connection refused"));
        throw;
      },
      std::runtime_error);
  for (const auto& [option, value, right] : {std::array{"--size", "0", "1 to 16MiB"},
                                             {"--duration", "3", "20ms"},
                                             {"--protocol", "ftp", "echo"},
                                             {"--target", "x", "path"},
                                             {"--rate", "-1", "range"}}) {
    try {
      load(1, {option, value});
      FAIL() << option << " was taken";
    } catch (const std::runtime_error& e) {
      EXPECT_THAT(e.what(), HasSubstr(right));
    }
  }
}

TEST(companion, one_that_is_missing_or_dumb_is_an_error_with_a_cause) {
  EXPECT_THROW(companion("contend-nothing", {}), std::system_error);
  companion origin{"contend-origin", {"--images", "many"}};
  EXPECT_THROW(
      try { origin.port(); } catch (const std::runtime_error& e) {
        EXPECT_THAT(e.what(), HasSubstr("--images"));
        throw;
      },
      std::runtime_error);
}

TEST(companion, leaves_no_descriptor_and_no_child_behind) {
  const auto children = bench::live_children().size();
  pid_t pid = 0;
  {
    companion origin{"contend-origin", {}};
    pid = origin.pid();
    origin.port();
    EXPECT_TRUE(bench::is_companion(pid));
    EXPECT_EQ(bench::live_children().size(), children + 1);
  }
  EXPECT_FALSE(bench::is_companion(pid));
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(bench::live_children().size(), children);
}

TEST(companion, a_peer_is_no_part_of_the_measured_cost) {
  companion server{"contend-origin", {"--echo"}};
  const auto port = server.port();
  const auto children = bench::live_children();
  const bench::cost_meter meter{children};
  std::int64_t peers_cpu_ns = 0;
  {
    companion load{"contend-load",
                   {"--port", std::to_string(port), "--connections", "8", "--duration", "1s"}};
    const auto json = load.result();
    peers_cpu_ns = static_cast<std::int64_t>(json["client_cpu_share"].get<double>() *
                                             json["elapsed_ns"].get<double>());
    load.stop();
  }
  const auto used = meter.end();
  EXPECT_GT(peers_cpu_ns, 30'000'000);
  EXPECT_LT(used.cpu_ns, peers_cpu_ns / 3);
}

// The parent is killed so that nothing of its own can run; the peers become ours, to be reaped.
TEST(companion, no_orphan_stays_when_the_parent_is_killed) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  for (const bool busy : {false, true}) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
      companion server{"contend-origin", {busy ? "--echo" : "--images=5"}};
      const auto port = std::to_string(server.port());
      std::vector<std::string> arguments{"--port", port, "--duration", "60s"};
      if (!busy) arguments.emplace_back("--hold");
      companion load{"contend-load", arguments};
      if (!busy) load.await_ready();
      const std::array pids{server.pid(), load.pid()};
      if (::write(pipe[1], pids.data(), sizeof pids) != sizeof pids) ::_exit(1);
      for (;;) ::pause();
    }
    std::array<pid_t, 2> pids{};
    ASSERT_EQ(::read(pipe[0], pids.data(), sizeof pids), static_cast<ssize_t>(sizeof pids));
    ::usleep(50'000);
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    const auto last = bench::now_ns() + 5'000'000'000;
    for (const pid_t pid : pids) {
      while (::waitpid(pid, nullptr, WNOHANG) == 0 && bench::now_ns() < last) ::usleep(1'000);
      EXPECT_EQ(::kill(pid, 0), -1) << pid << " is still there";
    }
    ::close(pipe[0]);
    ::close(pipe[1]);
  }
}

}  // namespace
