// Compiled with -mavx2 (see CMakeLists.txt).
#ifdef __x86_64__
#include <immintrin.h>

#include "workloads/kernels/enhance_vector_rows.hpp"

namespace workloads::enhancing {
namespace {

constexpr std::uint8_t nothing = 128;  // pshufb writes a zero

// 16 pixels are three vectors of 16 bytes. from_pixels: where the bytes of a channel lie in each of
// the three; to_pixels: where the bytes of each of the three lie in each channel.
struct selections {
  alignas(16) std::uint8_t from_pixels[3][3][16] = {};  // channel, vector
  alignas(16) std::uint8_t to_pixels[3][3][16] = {};    // vector, channel

  constexpr selections() {
    for (int channel = 0; channel < 3; ++channel) {
      for (int part = 0; part < 3; ++part) {
        for (int i = 0; i < 16; ++i) {
          const int from = 3 * i + channel - 16 * part;
          const bool there = from >= 0 && from < 16;
          from_pixels[channel][part][i] = static_cast<std::uint8_t>(there ? from : nothing);
          const int at = 16 * part + i;
          to_pixels[part][channel][i] =
              static_cast<std::uint8_t>(at % 3 == channel ? at / 3 : nothing);
        }
      }
    }
  }
};
constexpr selections select{};

struct avx2_lanes {
  static constexpr int count = 16;
  using u16 [[gnu::vector_size(32)]] = std::uint16_t;
  using u32 [[gnu::vector_size(32)]] = std::uint32_t;
  using f64 [[gnu::vector_size(32)]] = double;
  using i32 [[gnu::vector_size(16)]] = int;
  using narrow [[gnu::vector_size(8)]] = std::uint16_t;
  struct rgb {
    u16 red, green, blue;
  };

  static __m128i gathered(__m128i a, __m128i b, __m128i c, const std::uint8_t (&from)[3][16]) {
    const auto* masks = reinterpret_cast<const __m128i*>(from);
    return _mm_or_si128(_mm_shuffle_epi8(a, _mm_load_si128(masks)),
                        _mm_or_si128(_mm_shuffle_epi8(b, _mm_load_si128(masks + 1)),
                                     _mm_shuffle_epi8(c, _mm_load_si128(masks + 2))));
  }
  static rgb load(const std::uint8_t* pixels) {
    const auto* parts = reinterpret_cast<const __m128i*>(pixels);
    const __m128i a = _mm_loadu_si128(parts);
    const __m128i b = _mm_loadu_si128(parts + 1);
    const __m128i c = _mm_loadu_si128(parts + 2);
    const auto channel = [&](int i) {
      return reinterpret_cast<u16>(_mm256_cvtepu8_epi16(gathered(a, b, c, select.from_pixels[i])));
    };
    return {channel(0), channel(1), channel(2)};
  }
  static void store(std::uint8_t* to, const rgb& p) {
    const auto bytes = [](u16 channel) {
      const auto both = reinterpret_cast<__m256i>(channel);
      return _mm_packus_epi16(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    };
    const __m128i red = bytes(p.red);
    const __m128i green = bytes(p.green);
    const __m128i blue = bytes(p.blue);
    auto* parts = reinterpret_cast<__m128i*>(to);
    for (int i = 0; i < 3; ++i) {
      _mm_storeu_si128(parts + i, gathered(red, green, blue, select.to_pixels[i]));
    }
  }
  static u16 mul_high(u16 a, u16 b) {
    return reinterpret_cast<u16>(
        _mm256_mulhi_epu16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
  }
  static u32 squares(u16 a) {
    const auto levels = reinterpret_cast<__m256i>(a);
    return reinterpret_cast<u32>(_mm256_madd_epi16(levels, levels));
  }
};

}  // namespace

constinit const row_kernels avx2_rows = vector_rows<avx2_lanes>::table;

}  // namespace workloads::enhancing
#endif
