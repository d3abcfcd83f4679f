#pragma once

#include "workloads/kernels/enhance_rows.hpp"

// The vectorised inner loops, written once over `Lanes`, which is the few things that the
// compilers' vector extensions cannot say:
//   u16, u32                   vectors of Lanes::count 16-bit lanes, and of half as many 32-bit
//   ones rgb load(pixels)           count pixels, a channel a vector store(pixels, rgb) lanes hold
//   0..255 u16 mul_high(u16, u16)     the upper half of the product u32 squares(u16)           the
//   sum of the squares of each pair of lanes; lanes hold 0..255
// Unnamed: each instruction set's file has its own copy, compiled with its own flags.
namespace workloads::enhancing {
namespace {

template <class Lanes>
struct vector_rows {
  using u16 = typename Lanes::u16;
  using u32 = typename Lanes::u32;
  using rgb = typename Lanes::rgb;
  static constexpr int count = Lanes::count;

  template <class Vector>
  static Vector load(const void* from) {
    Vector value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
  }
  template <class Vector>
  static void store(void* to, Vector value) {
    __builtin_memcpy(to, &value, sizeof value);
  }
  static u16 all(int value) { return u16{} + static_cast<std::uint16_t>(value); }
  static u16 mul_high(u16 a, u16 b) { return Lanes::mul_high(a, b); }
  static u16 min(u16 a, u16 b) { return a < b ? a : b; }
  static u16 max(u16 a, u16 b) { return a < b ? b : a; }

  // 65280 at most.
  static u16 luminance(const rgb& p) {
    u16 blue = all(blue_weight);
#ifdef __x86_64__
    asm("" : "+x"(blue));  // or g++ makes shifts and additions of this product, which take longer
#endif
    return p.red * all(red_weight) + p.green * all(green_weight) + p.blue * blue;
  }

  static void measure_block(const std::uint8_t* pixels, std::uint16_t* sum,
                            std::uint32_t* squares) {
    const u16 level = (luminance(Lanes::load(pixels)) + all(128)) >> 8;
    store(sum, load<u16>(sum) + level);
    store(squares, load<u32>(squares) + Lanes::squares(level));
  }

  static void measure(const std::uint8_t* pixels, int width, columns& to) {
    int x = 0;
    for (; x + count <= width; x += count) {
      measure_block(pixels + 3 * x, to.sum + x, to.squares + x / 2);
    }
    if (x < width) {
      std::uint8_t rest[3 * count] = {};  // black adds nothing
      __builtin_memcpy(rest, pixels + 3 * x, 3 * (width - x));
      measure_block(rest, to.sum + x, to.squares + x / 2);
    }
  }

  static void fit(const sums_row& around, int cells, std::uint16_t* slope, std::uint16_t* offset) {
    using f64 = typename Lanes::f64;
    using i32 = typename Lanes::i32;
    using narrow = typename Lanes::narrow;
    constexpr int at_once = sizeof(f64) / sizeof(double);
    for (int i = 0; i < cells; i += at_once) {
      const auto n = load<f64>(around.count + i);
      const auto sum = load<f64>(around.sum + i);
      const auto variance = n * load<f64>(around.squares + i) - sum * sum;
      const auto share = variance / (variance + (sum * sum * edge_contrast + n * n * edge_noise));
      const auto slopes = __builtin_convertvector(share * 65535.0, i32);
      const auto offsets = __builtin_convertvector((1.0 - share) * (256.0 * sum / n), i32);
      store(slope + i, __builtin_convertvector(slopes, narrow));
      store(offset + i, __builtin_convertvector(offsets, narrow));
    }
  }

  static void stretch(const std::uint16_t* values, int cells, std::uint16_t* to) {
    std::uint16_t weights[2 * cell];
    std::uint16_t lane[count];
    for (int i = 0; i < 2 * cell; ++i) {
      weights[i] = static_cast<std::uint16_t>((2 * (i % cell) + 1) * (65536 / (2 * cell)));
    }
    for (int i = 0; i < count; ++i) lane[i] = static_cast<std::uint16_t>(i);
    const auto first_cell = load<u16>(lane) < all(cell);  // a vector spans two cells at most
    for (int x = 0; x < (cells - 1) * cell; x += count) {
      const std::uint16_t* first = values + x / cell;
      const std::uint16_t* last = values + (x + count - 1) / cell;
      const u16 left = first_cell ? all(first[0]) : all(last[0]);
      const u16 right = first_cell ? all(first[1]) : all(last[1]);
      const u16 weight = load<u16>(weights + x % cell);
      store(to + x, mul_high(left, -weight) + mul_high(right, weight));
    }
  }

  // How far a value from 1024 can be shifted until its highest bit leaves.
  static u16 normalising_shift(u16 value) {
    if constexpr (requires { Lanes::leading_zeros(value); }) {
      return Lanes::leading_zeros(value) + all(1);
    } else {
      const auto below_12 = value < all(1 << 12);
      u16 shift = below_12 ? all(5) : all(1);
      value = below_12 ? value << 4 : value;
      const auto below_14 = value < all(1 << 14);
      shift = below_14 ? shift + all(2) : shift;
      value = below_14 ? value << 2 : value;
      return value < all(1 << 15) ? shift + all(1) : shift;
    }
  }

  // `value` shifted left by up to seven.
  static u16 shifted(u16 value, u16 by) {
    if constexpr (requires { Lanes::shift_left(value, by); }) {
      return Lanes::shift_left(value, by);
    } else {
      value = (by & all(4)) != all(0) ? value << 4 : value;
      value = (by & all(2)) != all(0) ? value << 2 : value;
      return (by & all(1)) != all(0) ? value << 1 : value;
    }
  }

  // 16 - log2(value) in 1/8192, for values from 1024.
  static u16 stops_below_white(u16 value) {
    const u16 shift = normalising_shift(value);
    const u16 f = shifted(value, shift);
    const u16 log = f + mul_high(mul_high(f, ~f), all(log_0) - mul_high(f, all(log_1)));
    return (shift << 13) - (log >> 3) - all(1);
  }

  // 4096 * 2^(stops / 8192), for stops below four.
  static u16 power(u16 stops) {
    const u16 r = stops << 3;
    const u16 bend = mul_high(mul_high(r, ~r), all(exp_0) + mul_high(r, all(exp_1)));
    return shifted(all(4096) + ((r - bend) >> 4), stops >> 13);
  }

  static u16 developed(u16 channel, u16 gain) {
    const u16 level = min(mul_high(channel << 8, gain), all(white_in));
    const u16 over = max(level, all(knee)) - all(knee);
    return (level - mul_high(over << 3, over) + all(16)) >> 5;
  }

  // Three loops, each short enough that the processor works on several vectors at a time; what they
  // hand on stays in the first-level cache.
  static void tone_vectors(const std::uint8_t* in, std::uint8_t* out, int width,
                           const line_row& above, const line_row& below, int at, int weight) {
    alignas(64) std::uint16_t base_row[strip];
    alignas(64) std::uint16_t gain_row[strip];
    const u16 to_below = all(weight);
    const u16 to_above = -to_below;  // 65536 - weight
    for (int x = 0; x < width; x += count) {
      const u16 light = luminance(Lanes::load(in + 3 * x));
      const u16 slope = mul_high(load<u16>(above.slope + at + x), to_above) +
                        mul_high(load<u16>(below.slope + at + x), to_below);
      const u16 offset = mul_high(load<u16>(above.offset + at + x), to_above) +
                         mul_high(load<u16>(below.offset + at + x), to_below);
      const u16 base = mul_high(light, slope) + offset;
      store(base_row + x, stops_below_white(base - (base >> 6) + all(toe)));
      store(gain_row + x, stops_below_white(light - (light >> 6) + all(toe)));
    }
    for (int x = 0; x < width; x += count) {
      const u16 base_stops = load<u16>(base_row + x);
      const u16 own_stops = load<u16>(gain_row + x);
      const u16 detail = max(base_stops, own_stops) - min(base_stops, own_stops);
      const u16 smoothed = min(detail, all(noise));
      const u16 boosted = min(mul_high(detail - smoothed, all(boost)), all(boost_limit));
      const u16 change = boosted - smoothed;
      u16 gain_stops = mul_high(base_stops, all(lift)) + all(stop + exposure);
      gain_stops += own_stops < base_stops ? change : -change;
      store(gain_row + x, power(min(gain_stops, all(4 * stop - 1))));
    }
    for (int x = 0; x < width; x += count) {
      const rgb pixels = Lanes::load(in + 3 * x);
      const u16 gain = load<u16>(gain_row + x);
      Lanes::store(out + 3 * x, {developed(pixels.red, gain), developed(pixels.green, gain),
                                 developed(pixels.blue, gain)});
    }
  }

  static void tone(const std::uint8_t* in, std::uint8_t* out, int width, const line_row& above,
                   const line_row& below, int at, int weight) {
    const int whole = width / count * count;
    const int rest = width - whole;
    tone_vectors(in, out, whole, above, below, at, weight);
    if (rest > 0) {
      std::uint8_t last[3 * count] = {};
      std::uint8_t result[3 * count];
      __builtin_memcpy(last, in + 3 * whole, 3 * rest);
      tone_vectors(last, result, count, above, below, at + whole, weight);
      __builtin_memcpy(out + 3 * whole, result, 3 * rest);
    }
  }

  static constexpr row_kernels table{measure, fit, stretch, tone};
};

}  // namespace
}  // namespace workloads::enhancing
