#include "workloads/far_side/download.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "wire/image_body.hpp"
#include "workloads/kernels/checksum.hpp"
#include "workloads/kernels/sha256.hpp"

namespace workloads {
namespace {

constexpr std::uint64_t longest_image = std::uint64_t{256} << 20;

}  // namespace

download_plan::path download_plan::path_of(long number) const {
  path p{};
  std::snprintf(p.data(), p.size(), "%s/%ld", folder.data(), number);
  return p;
}

std::string download_plan::target_of(long number) const {
  if (target[0] != 0) return target.data();
  return wire::target_of({static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(bytes)});
}

std::uint64_t digest_of(std::span<const std::byte> image, long number, long rounds) {
  const auto seed = static_cast<std::uint64_t>(number);
  if (rounds == 0) return mixed(checksum(image) + seed);
  auto digest = sha256({reinterpret_cast<const std::uint8_t*>(image.data()), image.size()});
  for (long i = 1; i < rounds; ++i) digest = sha256(digest);
  return mixed(checksum(std::span<const std::uint8_t>{digest}) + seed);
}

void download::connected() {
  connected_ = true;
  reader_.emplace(wire::http::kind::response, buffer_, longest_image);
}

std::span<const std::byte> download::ask(long number) {
  complete_ = false;
  image_.clear();
  const auto text = wire::http::write_request(request_, plan_->host.data(),
                                              plan_->target_of(number), plan_->keep_alive);
  return std::as_bytes(std::span{text});
}

void download::take(const bench::io_result& read) {
  reader_->filled(static_cast<std::size_t>(read.get("receive from the origin")));
  for (;;) {
    switch (reader_->next()) {
      case wire::http::event::more:
        return;
      case wire::http::event::head:
        if (reader_->head().status != 200)
          throw std::runtime_error{
              fmt::format("the origin answers with status {}", reader_->head().status)};
        image_.reserve(reader_->head().length.value_or(0));
        break;
      case wire::http::event::body:
        image_.insert(image_.end(), reader_->body().begin(), reader_->body().end());
        break;
      case wire::http::event::end:
        complete_ = true;
        connected_ = plan_->keep_alive && reader_->head().keep_alive;
        return;
      case wire::http::event::closed:
        throw std::runtime_error{"the origin closed the connection without an answer"};
      case wire::http::event::error:
        throw std::runtime_error{reader_->error() == wire::http::problem::truncated
                                     ? "the origin closed the connection amid its answer"
                                     : "the origin's answer is malformed"};
    }
  }
}

}  // namespace workloads
