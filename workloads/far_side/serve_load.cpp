#include "workloads/far_side/serve_load.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>
#include <string_view>

namespace workloads {
namespace {

constexpr std::string_view target = "/work";

// By OpenSSL's plain functions, and fmt's digits.
std::string right_answer(long rounds) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest, next;
  SHA256(reinterpret_cast<const unsigned char*>(target.data()), target.size(), digest.data());
  for (long i = 1; i < rounds; ++i, digest = next)
    SHA256(digest.data(), digest.size(), next.data());
  return fmt::format("{:02x}\n", fmt::join(digest, ""));
}

}  // namespace

bench::params serve_size::describe() const {
  bench::params p{{"connections", std::to_string(connections)}};
  if (rate != 0) p.emplace_back("rate", std::to_string(rate));
  p.emplace_back("wait_us", std::to_string(wait_us));
  p.emplace_back("rounds", std::to_string(rounds));
  p.emplace_back("requests", std::to_string(requests));
  return p;
}

void serve_load::connect_to(std::uint16_t port) {
  std::vector<std::string> arguments{"--protocol=http", fmt::format("--target={}", target),
                                     fmt::format("--expect={}", right_answer(size.rounds)),
                                     fmt::format("--connections={}", size.connections),
                                     fmt::format("--requests={}", size.requests)};
  if (size.rate > 0) {
    arguments.push_back(fmt::format("--rate={}", size.rate));
    arguments.emplace_back("--poisson");
  }
  load_client::connect_to(port, std::move(arguments));
}

}  // namespace workloads
