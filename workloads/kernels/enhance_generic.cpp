// Vectors of 16 bytes by whatever the compiler makes of them: any processor.
#include "workloads/kernels/enhance_vector_rows.hpp"

namespace workloads::enhancing {
namespace {

struct generic_lanes {
  static constexpr int count = 8;
  using u16 [[gnu::vector_size(16)]] = std::uint16_t;
  using u32 [[gnu::vector_size(16)]] = std::uint32_t;
  using f64 [[gnu::vector_size(16)]] = double;
  using i32 [[gnu::vector_size(8)]] = int;
  using narrow [[gnu::vector_size(4)]] = std::uint16_t;
  struct rgb {
    u16 red, green, blue;
  };

  static rgb load(const std::uint8_t* pixels) {
    rgb result;
    for (int i = 0; i < count; ++i) {
      result.red[i] = pixels[3 * i];
      result.green[i] = pixels[3 * i + 1];
      result.blue[i] = pixels[3 * i + 2];
    }
    return result;
  }
  static void store(std::uint8_t* to, const rgb& p) {
    for (int i = 0; i < count; ++i) {
      to[3 * i] = static_cast<std::uint8_t>(p.red[i]);
      to[3 * i + 1] = static_cast<std::uint8_t>(p.green[i]);
      to[3 * i + 2] = static_cast<std::uint8_t>(p.blue[i]);
    }
  }
  static u16 mul_high(u16 a, u16 b) {
    using wide [[gnu::vector_size(32)]] = std::uint32_t;
    return __builtin_convertvector(
        __builtin_convertvector(a, wide) * __builtin_convertvector(b, wide) >> 16, u16);
  }
  static u32 squares(u16 a) {
    const u16 product = a * a;
    u32 pairs;
    for (int i = 0; i < count / 2; ++i) {
      pairs[i] = std::uint32_t{product[2 * i]} + product[2 * i + 1];
    }
    return pairs;
  }
};

}  // namespace

constinit const row_kernels generic_rows = vector_rows<generic_lanes>::table;

}  // namespace workloads::enhancing
