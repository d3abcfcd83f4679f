#include "models/support/io/engine.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "models/support/io/epoll_engine.hpp"
#if CONTEND_HAS_IO_URING
#include "models/support/io/uring_engine.hpp"
#endif
#if CONTEND_HAS_LIBUV
#include "models/support/io/uv_engine.hpp"
#endif

namespace models::support {

std::optional<std::string> engine_missing(const bench::settings& s) {
  if (s.engine == "epoll") return std::nullopt;
#if CONTEND_HAS_IO_URING
  if (s.engine == "io_uring") return uring_engine::missing();
#endif
#if CONTEND_HAS_LIBUV
  if (s.engine == "libuv") return uv_engine::missing();
#endif
  return fmt::format("engine {} is not in this build", s.engine);
}

std::unique_ptr<engine> make_engine(reactor& r, const bench::settings& s) {
  if (const auto reason = engine_missing(s)) throw std::runtime_error{*reason};
#if CONTEND_HAS_IO_URING
  if (s.engine == "io_uring") return std::make_unique<uring_engine>(r);
#endif
#if CONTEND_HAS_LIBUV
  if (s.engine == "libuv") return std::make_unique<uv_engine>(r);
#endif
  return std::make_unique<epoll_engine>(r, s.trigger == "edge");
}

}  // namespace models::support
