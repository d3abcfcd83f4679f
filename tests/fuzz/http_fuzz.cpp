#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "wire/http.hpp"

namespace {

namespace http = wire::http;

void require(bool right) {
  if (!right) std::abort();
}

// What a stream of bytes was read as: the same however the stream was cut.
struct outcome {
  std::uint64_t heads = 0, ends = 0, body = 0;
  wire::http::problem error = wire::http::problem::none;
  bool operator==(const outcome&) const = default;
};

outcome read_all(wire::http::kind kind, const std::uint8_t* data, std::size_t size,
                 std::size_t piece) {
  std::vector<char> buffer(512);
  wire::http::reader reader{kind, buffer, 1 << 20};
  outcome found;
  for (;;) {
    switch (reader.next()) {
      case wire::http::event::more: {
        const auto space = reader.space();
        require(!space.empty());
        const auto n = std::min({size, space.size(), piece});
        if (n > 0) std::memcpy(space.data(), data, n);
        data += n;
        size -= n;
        reader.filled(n);
        break;
      }
      case wire::http::event::head:
        ++found.heads;
        for (const char c : reader.head().target) require(c > ' ');
        require(reader.head().field("host").size() < buffer.size());
        break;
      case wire::http::event::body:
        require(!reader.body().empty());
        for (const char c : reader.body())
          found.body = found.body * 31 + static_cast<unsigned char>(c);
        break;
      case wire::http::event::end:
        ++found.ends;
        require(found.ends == found.heads);
        break;
      case wire::http::event::closed:
        require(found.ends == found.heads);
        return found;
      case wire::http::event::error:
        found.error = reader.error();
        require(found.error != wire::http::problem::none);
        return found;
    }
  }
}

}  // namespace

// The first byte says what is read and in what pieces, the others are the stream.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto kind = data[0] % 2 ? wire::http::kind::request : wire::http::kind::response;
  const std::size_t piece = 1 + data[0] / 2;
  const auto cut = read_all(kind, data + 1, size - 1, piece);
  require(cut == read_all(kind, data + 1, size - 1, 512));
  return 0;
}
