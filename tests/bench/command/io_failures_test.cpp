// What goes wrong beyond a workload's walls, with real processes: each sample must name the cause,
// end in time, and leave no process behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/base/companion.hpp"
#include "tests/shared/command_line.hpp"
#include "wire/sockets.hpp"

namespace {

using bench::companion;
using testing::AnyOf;
using testing::HasSubstr;
using tests::shell;

std::string mark() { return "CONTEND_MARK=io-failures-" + std::to_string(::getpid()); }

// One sample of each cell that `arguments` choose; `before` is shell that runs first.
struct outcome {
  int status;
  std::vector<std::pair<std::string, std::string>> causes;  // of each row, with its model
};
outcome run(const std::string& arguments, const std::string& before = "",
            const std::string& profile = "smallest") {
  const tests::scratch folder;
  const auto out = folder / "out.json";
  const auto f = shell(before + " " + mark() + " " + tests::contend + " run --profile " + profile +
                       " --samples 1 --timeout 20 --quiet --out " + out.string() + " " + arguments);
  outcome o{f.status, {}};
  EXPECT_TRUE(std::filesystem::exists(out)) << f.output;
  if (!std::filesystem::exists(out)) return o;
  const auto json = tests::read_json(out);
  for (const auto& row : json.at("benchmarks"))
    o.causes.emplace_back(row.at("model"), row.value("error_message", ""));
  EXPECT_TRUE(tests::marked_processes(mark()).empty());
  return o;
}

// Every model has an invalid row, with a cause that matches.
void expect_causes(const outcome& o, const testing::Matcher<std::string>& cause) {
  EXPECT_EQ(o.status, 2);
  EXPECT_GE(o.causes.size(), 9U);
  for (const auto& [model, why] : o.causes) EXPECT_THAT(why, cause) << model;
}

std::string origin_at(std::uint16_t port, const std::string& target) {
  return " --set origin=http://127.0.0.1:" + std::to_string(port) + target;
}

// Accepts connections and deals with each as it is told, in a thread of its own.
class rough_server {
 public:
  explicit rough_server(void (*treat)(int fd)) : treat_{treat} {}
  std::uint16_t port() const { return listener_.port(); }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (const auto fd = listener_.accept())
        treat_(fd.get());
      else
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }

  void (*treat_)(int);
  wire::listener listener_{0};
  std::jthread thread_{[this](const std::stop_token& stop) { serve(stop); }};
};

void read_request(int fd) {
  char bytes[1'024];
  for (int i = 0; i < 1'000 && ::recv(fd, bytes, sizeof bytes, 0) <= 0; ++i) ::usleep(1'000);
}
void send_text(int fd, const std::string& text) {
  (void)!::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
}

TEST(fetch, tells_that_nobody_listens) {
  std::uint16_t port = 0;
  { port = wire::listener{0}.port(); }
  expect_causes(run("--workloads io/fetch" + origin_at(port, "/")),
                HasSubstr("Connection refused"));
}

TEST(fetch, tells_of_a_status_that_is_an_error) {
  companion origin{"contend-origin", {}};
  expect_causes(run("--workloads io/fetch" + origin_at(origin.port(), "/missing")),
                HasSubstr("status 200"));
}

// The first answer is whole, so that the run begins; then the connections are reset.
std::atomic<int> answered;
void reset_after_the_first(int fd) {
  read_request(fd);
  if (++answered % 2 == 1) {
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    return;
  }
  send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhel");
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}
TEST(fetch, tells_of_connections_that_are_reset) {
  answered = 0;
  const rough_server server{&reset_after_the_first};
  const auto o = run("--workloads io/fetch" + origin_at(server.port(), "/"));
  expect_causes(o, AnyOf(HasSubstr("reset"), HasSubstr("amid"), HasSubstr("without an answer")));
}

void answer_short(int fd) {
  read_request(fd);
  send_text(fd,
            ++answered % 2 == 1 ? "HTTP/1.1 200 OK\r\n\r\nhello" : "HTTP/1.1 200 OK\r\n\r\nhellO");
}
TEST(fetch, gives_no_number_for_wrong_bytes) {
  answered = 0;
  const rough_server server{&answer_short};
  expect_causes(run("--workloads io/fetch" + origin_at(server.port(), "/")),
                AnyOf(HasSubstr("wrong answer"), HasSubstr("not what was downloaded")));
}

TEST(fetch, tells_of_an_origin_that_is_killed_amid_the_run) {
  companion origin{"contend-origin", {"--latency", "20ms"}};
  const auto port = origin.port();
  std::jthread killer{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{700});
    ::kill(origin.pid(), SIGKILL);
  }};
  // Long enough that the kill hits the first samples and refuses the later ones.
  const auto o = run("--workloads io/fetch" + origin_at(port, "/image/1/20000"), "", "quick");
  EXPECT_EQ(o.status, 2);
  int invalid = 0;
  for (const auto& [model, why] : o.causes) {
    if (why.empty()) continue;
    ++invalid;
    EXPECT_THAT(why, AnyOf(HasSubstr("refused"), HasSubstr("reset"), HasSubstr("amid"),
                           HasSubstr("without an answer")))
        << model;
  }
  EXPECT_GT(invalid, 0);
}

TEST(fetch, tells_of_a_file_that_cannot_grow) {
  // Images of 200,000 bytes where a file may have 131,072; the signal that would kill is ignored.
  companion origin{"contend-origin", {}};
  expect_causes(run("--workloads io/fetch" + origin_at(origin.port(), "/image/1/200000"),
                    "trap '' XFSZ; ulimit -f 256;"),
                HasSubstr("File too large"));
}

TEST(fetch, tells_of_a_full_disk) {
  const tests::scratch folder;
  const auto mount = "mount -t tmpfs -o size=64k none " + (folder / "").string();
  if (shell("unshare -rm sh -c '" + mount + "'").status != 0)
    GTEST_SKIP() << "no file system may be mounted here";
  companion origin{"contend-origin", {}};
  expect_causes(run("--workloads io/fetch" + origin_at(origin.port(), "/image/1/50000"),
                    "unshare -rm sh -c '" + mount + " && TMPDIR=" + (folder / "").string() +
                        " exec \"$@\"' sh env"),
                HasSubstr("No space left on device"));
}

// The far side has the same limit, and resets whom it has no descriptor for.
TEST(io, tells_of_descriptors_that_run_out) {
  for (const auto& [workload, most] : {std::pair{"io/fetch", 24}, {"io/echo", 64}}) {
    const auto o = run(std::string{"--workloads "} + workload,
                       "ulimit -n " + std::to_string(most) + ";", "quick");
    EXPECT_EQ(o.status, 2) << workload;
    for (const auto& [model, why] : o.causes)
      if (!why.empty()) {
        EXPECT_THAT(why, AnyOf(HasSubstr("descriptors"), HasSubstr("Too many open files"),
                               HasSubstr("reset by peer")))
            << workload << " " << model;
      }
  }
}

TEST(serve, a_client_that_is_killed_ends_the_sample) {
  // Whoever loads the servers is killed again and again.
  std::atomic<bool> over = false;
  std::jthread killer{[&] {
    while (!over) {
      for (const auto pid : tests::marked_processes(mark(), "contend-load")) ::kill(pid, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }};
  const auto o = run("--workloads mixed/serve --models coroutines,fibers,threads", "", "quick");
  over = true;
  EXPECT_EQ(o.status, 2);
  int invalid = 0;
  for (const auto& [model, why] : o.causes) {
    if (why.empty()) continue;
    ++invalid;
    EXPECT_THAT(why, HasSubstr("contend-load")) << model;
  }
  EXPECT_GT(invalid, 0);
}

}  // namespace
