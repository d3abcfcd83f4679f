// Compiled with -mavx512bw -mavx512vl -mavx512dq -mavx512vbmi (see CMakeLists.txt).
#ifdef __x86_64__
#include <immintrin.h>

#include "workloads/kernels/enhance_vector_rows.hpp"

namespace workloads::enhancing {
namespace {

// 32 pixels are a vector of 64 bytes and a half. from_pixels: where a channel's bytes lie in the
// two, one in each 16-bit lane; to_pixels: where the pixels' bytes lie in the channels, red and
// green sharing one vector (bytes 0 to 63) and blue in the low half of the lanes of another.
struct selections {
  alignas(64) std::uint8_t from_pixels[3][64] = {};
  alignas(64) std::uint8_t to_pixels[2][64] = {};

  constexpr selections() {
    for (int i = 0; i < 96; ++i) {
      const int pixel = i / 3;
      const int channel = i % 3;
      from_pixels[channel][2 * pixel] = static_cast<std::uint8_t>(i);
      to_pixels[i / 64][i % 64] =
          static_cast<std::uint8_t>(channel == 2 ? 64 + 2 * pixel : 2 * pixel + channel);
    }
  }
};
constexpr selections select{};

// Leading zeros of a 16-bit value from 1024, by its upper seven bits; zero for the lanes' upper
// bytes.
struct zero_counts {
  alignas(64) std::uint8_t of[128] = {};

  constexpr zero_counts() {
    for (int i = 2; i < 128; ++i) {
      while (i << of[i] < 64) ++of[i];
    }
  }
};
constexpr zero_counts zeros{};

struct avx512_lanes {
  static constexpr int count = 32;
  using u16 [[gnu::vector_size(64)]] = std::uint16_t;
  using u32 [[gnu::vector_size(64)]] = std::uint32_t;
  using f64 [[gnu::vector_size(64)]] = double;
  using i32 [[gnu::vector_size(32)]] = int;
  using narrow [[gnu::vector_size(16)]] = std::uint16_t;
  struct rgb {
    u16 red, green, blue;
  };

  static rgb load(const std::uint8_t* pixels) {
    constexpr __mmask64 low_bytes = 0x5555555555555555;
    const __m512i first = _mm512_loadu_si512(pixels);
    const __m512i second =
        _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(pixels + 64)));
    const auto channel = [&](int i) {
      return reinterpret_cast<u16>(_mm512_maskz_permutex2var_epi8(
          low_bytes, first, _mm512_load_si512(select.from_pixels[i]), second));
    };
    return {channel(0), channel(1), channel(2)};
  }
  static void store(std::uint8_t* to, const rgb& p) {
    const auto red_green = reinterpret_cast<__m512i>(p.red | p.green << 8);
    const auto blue = reinterpret_cast<__m512i>(p.blue);
    const auto part = [&](int i) {
      return _mm512_permutex2var_epi8(red_green, _mm512_load_si512(select.to_pixels[i]), blue);
    };
    _mm512_storeu_si512(to, part(0));
    const __m512i rest = part(1);
    __builtin_memcpy(to + 64, &rest, 32);
  }
  static u16 mul_high(u16 a, u16 b) {
    return reinterpret_cast<u16>(
        _mm512_mulhi_epu16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
  }
  static u16 leading_zeros(u16 value) {
    return reinterpret_cast<u16>(_mm512_permutex2var_epi8(_mm512_load_si512(zeros.of),
                                                          reinterpret_cast<__m512i>(value >> 9),
                                                          _mm512_load_si512(zeros.of + 64)));
  }
  static u16 shift_left(u16 value, u16 by) { return value << by; }
  static u32 squares(u16 a) {
    const auto levels = reinterpret_cast<__m512i>(a);
    return reinterpret_cast<u32>(_mm512_madd_epi16(levels, levels));
  }
};

}  // namespace

constinit const row_kernels avx512_rows = vector_rows<avx512_lanes>::table;

}  // namespace workloads::enhancing
#endif
