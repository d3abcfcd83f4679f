#include "wire/http.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {

namespace http = wire::http;
using wire::http::event;
using wire::http::kind;
using wire::http::problem;

struct message {
  std::string method, target, fields, body;
  int status = 0;
  bool keep_alive = false;
  bool operator==(const message&) const = default;
};

struct transcript {
  std::vector<message> messages;  // those that ended
  event last = event::more;
  problem error = problem::none;
  bool operator==(const transcript&) const = default;
};

// Feeds `bytes` in pieces of at most `piece(...)` bytes, then closes.
template <class Piece>
transcript read_all(kind k, std::string_view bytes, Piece piece, std::size_t buffer_bytes = 1024,
                    std::uint64_t max_body = wire::http::reader::unlimited) {
  std::vector<char> buffer(buffer_bytes);
  wire::http::reader reader{k, buffer, max_body};
  transcript t;
  message m;
  for (;;) {
    t.last = reader.next();
    switch (t.last) {
      case event::more: {
        const auto space = reader.space();
        if (space.empty()) {
          ADD_FAILURE() << "asked for more without space";
          return t;
        }
        const auto n = std::min({bytes.size(), space.size(), std::max<std::size_t>(1, piece())});
        std::memcpy(space.data(), bytes.data(), n);
        bytes.remove_prefix(n);
        reader.filled(n);
        break;
      }
      case event::head: {
        const auto& h = reader.head();
        m = {std::string{h.method}, std::string{h.target}, std::string{h.fields}, {}, h.status,
             h.keep_alive};
        break;
      }
      case event::body:
        m.body += reader.body();
        break;
      case event::end:
        t.messages.push_back(m);
        break;
      case event::closed:
      case event::error:
        t.error = reader.error();
        return t;
    }
  }
}

transcript read_whole(kind k, std::string_view bytes, std::size_t buffer_bytes = 1024,
                      std::uint64_t max_body = wire::http::reader::unlimited) {
  return read_all(
      k, bytes, [&] { return bytes.size(); }, buffer_bytes, max_body);
}

problem problem_of(kind k, std::string_view bytes) { return read_whole(k, bytes).error; }

constexpr std::string_view requests =
    "GET /image/1/64?x=%20 HTTP/1.1\r\nHost: a\r\nX-One:  two words \t\r\n\r\n"
    "POST /p HTTP/1.1\r\nhost:a\r\nCONTENT-LENGTH: 5\r\n\r\nhello"
    "\r\nPUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
    "5;name=value\r\nhello\r\n1\r\n,\r\n0006\r\n world\r\n0\r\nTrailer: ignored\r\n\r\n"
    "GET / HTTP/1.0\r\nConnection: upgrade , Keep-Alive\r\n\r\n"
    "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

constexpr std::string_view responses =
    "HTTP/1.1 100 Continue\r\n\r\n"
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    "HTTP/1.1 204 No Content\r\n\r\n"
    "HTTP/1.1 304\r\nContent-Length: 10\r\n\r\n"
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n"
    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    "HTTP/1.0 200 OK\r\n\r\nuntil the end";

TEST(http, requests_are_read_one_after_the_other) {
  const auto t = read_whole(kind::request, requests, 2048);
  EXPECT_EQ(t.last, event::closed);
  ASSERT_EQ(t.messages.size(), 5U);
  EXPECT_EQ(t.messages[0].method, "GET");
  EXPECT_EQ(t.messages[0].target, "/image/1/64?x=%20");
  EXPECT_EQ(t.messages[0].fields, "Host: a\r\nX-One:  two words \t\r\n");
  EXPECT_TRUE(t.messages[0].keep_alive);
  EXPECT_EQ(t.messages[1].body, "hello");
  EXPECT_EQ(t.messages[2].target, "/c");
  EXPECT_EQ(t.messages[2].body, "hello, world");
  EXPECT_TRUE(t.messages[3].keep_alive);
  EXPECT_FALSE(t.messages[4].keep_alive);
}

TEST(http, responses_end_by_length_by_chunks_by_their_status_or_by_the_close) {
  const auto t = read_whole(kind::response, responses, 2048);
  EXPECT_EQ(t.last, event::closed);
  ASSERT_EQ(t.messages.size(), 6U);
  EXPECT_EQ(t.messages[0].body, "abc");
  EXPECT_EQ(t.messages[1].status, 204);
  EXPECT_EQ(t.messages[2].body, "");
  EXPECT_EQ(t.messages[3].body, "0123456789");
  EXPECT_EQ(t.messages[4].status, 404);
  EXPECT_EQ(t.messages[5].body, "until the end");
  EXPECT_FALSE(t.messages[5].keep_alive);
}

TEST(http, it_does_not_matter_how_the_bytes_are_cut) {
  std::mt19937 random{31};
  for (const auto& [k, bytes] : {std::pair{kind::request, requests}, {kind::response, responses}}) {
    const auto whole = read_whole(k, bytes, 2048);
    EXPECT_EQ(read_all(k, bytes, [] { return std::size_t{1}; }), whole);
    for (int round = 0; round < 2'000; ++round) {
      const auto piece = [&] { return std::uniform_int_distribution<std::size_t>{1, 80}(random); };
      ASSERT_EQ(read_all(k, bytes, piece, 256), whole);
    }
  }
}

TEST(http, a_message_cut_off_anywhere_is_truncated_and_never_complete) {
  const auto whole = read_whole(kind::request, requests, 2048).messages;
  for (std::size_t n = 0; n < requests.size(); ++n) {
    const auto t = read_whole(kind::request, requests.substr(0, n), 2048);
    ASSERT_LT(t.messages.size(), whole.size());
    for (std::size_t i = 0; i < t.messages.size(); ++i) ASSERT_EQ(t.messages[i], whole[i]);
    ASSERT_TRUE(t.last == event::closed || t.error == problem::truncated) << n;
  }
}

TEST(http, bytes_changed_at_random_are_read_or_refused_alike_however_they_are_cut) {
  std::mt19937 random{32};
  for (int round = 0; round < 20'000; ++round) {
    const auto k = round % 2 ? kind::request : kind::response;
    std::string bytes{round % 2 ? requests : responses};
    for (int i = 0; i < 1 + round % 3; ++i) {
      const auto at = random() % bytes.size();
      constexpr std::string_view likely{"\r\n: ,;0\0\xff", 10};
      bytes[at] = random() % 2 ? likely[random() % likely.size()] : static_cast<char>(random());
    }
    const auto piece = [&] { return std::uniform_int_distribution<std::size_t>{1, 60}(random); };
    ASSERT_EQ(read_all(k, bytes, piece, 1024), read_all(
                                                   k, bytes, [] { return 1; }, 1024))
        << bytes;
  }
}

TEST(http, malformed_requests_are_refused) {
  using std::string_literals::operator""s;
  for (const auto& text :
       {"GET\r\n\r\n"s, "GET /\r\n\r\n"s, " / HTTP/1.1\r\n\r\n"s,
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"s, "GET / HTTP/1.1\nHost: a\n\n"s,
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"s, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"s,
        "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"s, "GET / http/1.1\r\nHost: a\r\n\r\n"s,
        "GET / HTTP/1.1\r\n\r\n"s, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"s,
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n"s, "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n"s,
        "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"s, "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"s,
        "GET / HTTP/1.1\r\nHost: a\rb: c\r\n\r\n"s, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"s,
        "\x16\x03\x01\x02\n\x01"s})
    EXPECT_EQ(problem_of(kind::request, text), problem::malformed) << text;
}

TEST(http, what_leaves_the_end_of_a_message_in_doubt_is_refused) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  for (const char* fields :
       {"Content-Length: -1", "Content-Length: +1", "Content-Length:", "Content-Length: 1 1",
        "Content-Length: 1, 1", "Content-Length: 0x1", "Content-Length: 18446744073709551616",
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length: 1\r\nTransfer-Encoding: chunked"})
    EXPECT_EQ(problem_of(kind::request, head + fields + "\r\n\r\n"), problem::malformed) << fields;
  for (const char* fields : {"Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"})
    EXPECT_EQ(problem_of(kind::request, head + fields + "\r\n\r\n"), problem::unsupported_coding);
  EXPECT_EQ(problem_of(kind::request, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
            problem::malformed);
}

TEST(http, malformed_chunks_are_refused) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* chunks : {"\r\n", "x\r\n", "-1\r\n", "1\nab", "1\r\nab\r\n", "1\r\na\n",
                             "10000000000000000\r\n", "1;\x01\r\na\r\n"})
    EXPECT_EQ(problem_of(kind::request, head + chunks), problem::malformed) << chunks;
  EXPECT_EQ(problem_of(kind::request, head + "1;" + std::string(600, 'x')), problem::malformed);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 1'000; ++i) trailers += "Trailer: more and more of it\r\n";
  EXPECT_EQ(problem_of(kind::request, head + trailers), problem::head_too_large);
}

TEST(http, other_versions_are_refused_as_such) {
  EXPECT_EQ(problem_of(kind::request, "GET / HTTP/2.0\r\n\r\n"), problem::unsupported_version);
  EXPECT_EQ(problem_of(kind::request, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            problem::unsupported_version);
  EXPECT_EQ(problem_of(kind::response, "HTTP/3.0 200 OK\r\n\r\n"), problem::unsupported_version);
}

TEST(http, malformed_responses_are_refused) {
  for (const char* text :
       {"HTTP/1.1\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 600 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n"})
    EXPECT_EQ(problem_of(kind::response, text), problem::malformed) << text;
}

TEST(http, a_head_must_fit_the_buffer_and_a_body_its_limit) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const auto padded = [&](std::size_t size) {
    return head + std::string(size - head.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(read_whole(kind::request, padded(256), 256).last, event::closed);
  EXPECT_EQ(read_whole(kind::request, padded(257), 256).error, problem::head_too_large);
  for (const char* body : {"Content-Length: 6\r\n\r\n123456",
                           "Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n3\r\n456\r\n0\r\n\r\n"}) {
    const auto bytes = std::string{"POST / HTTP/1.1\r\nHost: a\r\n"} + body;
    EXPECT_EQ(read_whole(kind::request, bytes, 256, 6).messages.size(), 1U);
    EXPECT_EQ(read_whole(kind::request, bytes, 256, 5).error, problem::body_too_large);
  }
  EXPECT_EQ(read_whole(kind::response, "HTTP/1.0 200 OK\r\n\r\n123456", 256, 5).error,
            problem::body_too_large);
}

TEST(http, fields_are_found_whatever_their_case) {
  char buffer[512];
  wire::http::reader reader{kind::response, buffer};
  const std::string_view text = "HTTP/1.1 200 OK\r\nETag: \"7\"\r\nServer:x\r\n\r\n";
  std::ranges::copy(text, reader.space().begin());
  reader.filled(text.size());
  ASSERT_EQ(reader.next(), event::head);
  EXPECT_EQ(reader.head().field("etag"), "\"7\"");
  EXPECT_EQ(reader.head().field("SERVER"), "x");
  EXPECT_EQ(reader.head().field("date"), "");
}

TEST(http, an_answer_to_head_has_no_body) {
  char buffer[512];
  wire::http::reader reader{kind::response, buffer};
  const std::string_view text = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
  for (int i = 0; i < 2; ++i) {
    reader.expect_no_body();
    std::ranges::copy(text, reader.space().begin());
    reader.filled(text.size());
    EXPECT_EQ(reader.next(), event::head);
    EXPECT_EQ(reader.next(), event::end);
  }
  EXPECT_EQ(reader.next(), event::more);
  EXPECT_TRUE(reader.between_messages());
}

TEST(http, an_error_stays) {
  char buffer[256];
  wire::http::reader reader{kind::request, buffer};
  reader.space()[0] = '\n';
  reader.filled(1);
  EXPECT_EQ(reader.next(), event::error);
  reader.filled(0);
  EXPECT_EQ(reader.next(), event::error);
  EXPECT_EQ(wire::http::status_of(reader.error()), 400);
}

TEST(http, what_is_written_reads_back) {
  char out[512];
  const auto request = wire::http::write_request(out, "127.0.0.1:80", "/a/b", false);
  const auto asked = read_whole(kind::request, request);
  ASSERT_EQ(asked.messages.size(), 1U);
  EXPECT_EQ(asked.messages[0].target, "/a/b");
  EXPECT_FALSE(asked.messages[0].keep_alive);

  std::string response{wire::http::write_response(out, 200, 3, true)};
  const auto answered = read_whole(kind::response, response + "abc");
  ASSERT_EQ(answered.messages.size(), 1U);
  EXPECT_EQ(answered.messages[0].status, 200);
  EXPECT_EQ(answered.messages[0].body, "abc");
  EXPECT_TRUE(answered.messages[0].keep_alive);
}

TEST(http, what_does_not_fit_is_not_written_at_all) {
  char out[40];
  EXPECT_TRUE(wire::http::write_request(out, "127.0.0.1:80", std::string(100, 'x'), true).empty());
  EXPECT_TRUE(wire::http::write_response(out, 200, 3, true).empty());
}

}  // namespace
