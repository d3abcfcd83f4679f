#include "workloads/far_side/image_origin.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <openssl/sha.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "wire/image_body.hpp"
#include "wire/sockets.hpp"
#include "workloads/kernels/checksum.hpp"
#include "workloads/kernels/sha256.hpp"

namespace workloads {
namespace {

struct address {
  std::string host, port, target;
};

address parse_url(const std::string& url) {
  const auto wrong = [&] {
    return std::invalid_argument{fmt::format("--set origin={}: wants http://HOST:PORT/PATH", url)};
  };
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme) || url.find_first_of(" \t\r\n") != std::string::npos) throw wrong();
  const auto slash = url.find('/', scheme.size());
  const auto authority = url.substr(scheme.size(), slash - scheme.size());
  const auto colon = authority.find(':');
  address a{authority.substr(0, colon),
            colon == std::string::npos ? "80" : authority.substr(colon + 1),
            slash == std::string::npos ? "/" : url.substr(slash)};
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(a.port.data(), a.port.data() + a.port.size(), port);
  if (a.host.empty() || error != std::errc{} || *end != 0 || port == 0 ||
      authority.size() >= std::tuple_size_v<decltype(download_plan::host)> ||
      a.target.size() >= std::tuple_size_v<decltype(download_plan::target)>)
    throw wrong();
  return a;
}

sockaddr_in resolve(const address& a) {
  const addrinfo want{.ai_flags = 0,
                      .ai_family = AF_INET,
                      .ai_socktype = SOCK_STREAM,
                      .ai_protocol = 0,
                      .ai_addrlen = 0,
                      .ai_addr = nullptr,
                      .ai_canonname = nullptr,
                      .ai_next = nullptr};
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(a.host.c_str(), a.port.c_str(), &want, &found); error != 0)
    throw std::runtime_error{fmt::format("--set origin: {}: {}", a.host, ::gai_strerror(error))};
  const auto first = *reinterpret_cast<const sockaddr_in*>(found->ai_addr);
  ::freeaddrinfo(found);
  return first;
}

void check(long result, const char* call) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), call};
}

// The body of one GET, which the server ends by closing.
std::vector<char> get_once(const std::string& url) {
  const auto a = parse_url(url);
  const auto to = resolve(a);
  const wire::unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  check(fd.get(), "socket");
  check(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to),
        "connect to the origin");
  const auto request = fmt::format("GET {} HTTP/1.0\r\nHost: {}\r\n\r\n", a.target, a.host);
  check(::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL), "send to the origin");
  std::vector<char> answer;
  std::array<char, 65'536> piece;
  for (ssize_t n = 1; n > 0; answer.insert(answer.end(), piece.data(), piece.data() + n)) {
    n = ::recv(fd.get(), piece.data(), piece.size(), 0);
    check(n, "receive from the origin");
  }
  if (answer.empty())
    throw std::runtime_error{"the origin closed the connection without an answer"};
  constexpr std::string_view gap = "\r\n\r\n";
  const auto body = std::ranges::search(answer, gap);
  const std::string_view line{answer.data(), std::min<std::size_t>(answer.size(), 13)};
  if (body.empty() || line.find(" 200 ") == std::string_view::npos)
    throw std::runtime_error{fmt::format("--set origin={}: does not answer with status 200", url)};
  answer.erase(answer.begin(), body.end());
  return answer;
}

std::uint64_t reference_digest(std::span<const char> image, long number, long rounds) {
  const auto seed = static_cast<std::uint64_t>(number);
  if (rounds == 0) return mixed(checksum(image) + seed);
  sha256_digest digest, next;
  SHA256(reinterpret_cast<const unsigned char*>(image.data()), image.size(), digest.data());
  for (long i = 1; i < rounds; ++i, digest = next)
    SHA256(digest.data(), digest.size(), next.data());
  return mixed(checksum(std::span<const std::uint8_t>{digest}) + seed);
}

}  // namespace

bench::params fetch_size::describe() const {
  bench::params p{{"images", std::to_string(images)}, {"in_flight", std::to_string(in_flight)}};
  if (origin.empty()) {
    p.emplace_back("bytes", std::to_string(bytes));
    p.emplace_back("latency_ms", std::to_string(latency_ms));
    if (bytes_per_s != 0) p.emplace_back("bytes_per_s", std::to_string(bytes_per_s));
  }
  p.emplace_back("keep_alive", keep_alive ? "1" : "0");
  if (rounds != 0) p.emplace_back("rounds", std::to_string(rounds));
  return p;
}

std::string origin_of(const bench::settings& s) {
  const auto set = s.extra.find("origin");
  if (set == s.extra.end() || set->second.empty()) return {};
  parse_url(set->second);
  return set->second;
}

image_origin::image_origin(const fetch_size& size) {
  plan_.images = size.images;
  plan_.in_flight = std::min(size.in_flight, size.images);
  plan_.bytes = size.bytes;
  plan_.rounds = size.rounds;
  plan_.keep_alive = size.keep_alive;
  auto url = size.origin;
  if (url.empty()) {
    process_.emplace("contend-origin",
                     std::vector<std::string>{fmt::format("--images={}", size.images),
                                              fmt::format("--latency={}ms", size.latency_ms),
                                              fmt::format("--bandwidth={}", size.bytes_per_s)});
    url = fmt::format("http://127.0.0.1:{}/", process_->port());
  }
  const auto a = parse_url(url);
  plan_.address = resolve(a);
  std::ranges::copy((a.host + ':' + a.port).substr(0, plan_.host.size() - 1), plan_.host.data());
  if (!process_) std::ranges::copy(a.target, plan_.target.data());
}

std::uint64_t expected_sum(const fetch_size& size) {
  std::vector<char> image;
  if (!size.origin.empty()) image = get_once(size.origin);
  std::uint64_t sum = 0;
  for (long i = 0; i < size.images; ++i) {
    if (size.origin.empty()) {
      const wire::image which{static_cast<std::uint64_t>(i),
                              static_cast<std::uint64_t>(size.bytes)};
      image.clear();
      while (image.size() < which.bytes) {
        const auto piece = wire::bytes_of(which, image.size());
        image.insert(image.end(), piece.begin(), piece.end());
      }
    }
    sum += reference_digest(image, i, size.rounds);
  }
  return sum;
}

std::uint64_t saved_sum(const download_plan& plan) {
  std::uint64_t sum = 0;
  for (long i = 0; i < plan.images; ++i) {
    const auto path = plan.path_of(i);
    std::ifstream in{path.data(), std::ios::binary};
    if (!in) throw std::runtime_error{fmt::format("image {} was not saved", i)};
    std::vector<char> image(std::filesystem::file_size(path.data()));
    in.read(image.data(), static_cast<std::streamsize>(image.size()));
    sum += digest_of(std::as_bytes(std::span{image}), i, plan.rounds);
  }
  return sum;
}

}  // namespace workloads
