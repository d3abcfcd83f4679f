#include "models/support/engine.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "models/support/epoll_engine.hpp"

namespace models::support {

std::optional<std::string> engine_missing(const bench::settings& s) {
  if (s.engine == "epoll") return std::nullopt;
  return fmt::format("engine {} is not in this build", s.engine);
}

std::unique_ptr<engine> make_engine(reactor& r, const bench::settings& s) {
  if (const auto reason = engine_missing(s)) throw std::runtime_error{*reason};
  return std::make_unique<epoll_engine>(r, s.trigger == "edge");
}

}  // namespace models::support
