#pragma once

#include "workloads/support/enhance_rows.hpp"

// The vectorised inner loops, written once over `Lanes`, which is the few things that the
// compilers' vector extensions cannot say:
//   u16, u32                   vectors of Lanes::count 16-bit lanes, and of half as many 32-bit
//   ones rgb load(pixels)           count pixels, a channel a vector store(pixels, rgb) lanes hold
//   0..255 u16 mul_high(u16, u16)     the upper half of the product u32 squares(u16)           the
//   sum of the squares of each pair of lanes; lanes hold 0..255
// Unnamed: each instruction set's file has its own copy, compiled with its own flags.
namespace workloads::enhance {
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
    return p.red * all(red_weight) + p.green * all(green_weight) + p.blue * all(blue_weight);
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

  // 16 - log2(value) in 1/8192, for values from 1024.
  static u16 stops_below_white(u16 value) {
    const auto below_12 = value < all(1 << 12);
    u16 stops = below_12 ? all(4 * stop) : all(0);
    value = below_12 ? value << 4 : value;
    const auto below_14 = value < all(1 << 14);
    stops += below_14 ? all(2 * stop) : all(0);
    value = below_14 ? value << 2 : value;
    const auto below_15 = value < all(1 << 15);
    stops += below_15 ? all(stop) : all(0);
    value = below_15 ? value << 1 : value;
    const u16 f = value << 1;
    const u16 log = f + mul_high(mul_high(f, ~f), all(log_0) - mul_high(f, all(log_1)));
    return stops + (~log >> 3);
  }

  // 4096 * 2^(stops / 8192), for stops below four.
  static u16 power(u16 stops) {
    const u16 r = stops << 3;
    const u16 bend = mul_high(mul_high(r, ~r), all(exp_0) + mul_high(r, all(exp_1)));
    u16 value = all(4096) + ((r - bend) >> 4);
    value = (stops & all(2 * stop)) != all(0) ? value << 2 : value;
    return (stops & all(stop)) != all(0) ? value << 1 : value;
  }

  static u16 developed(u16 channel, u16 gain) {
    const u16 level = min(mul_high(channel << 8, gain), all(white_in));
    const u16 over = max(level, all(knee)) - all(knee);
    return (level - mul_high(over << 2, over << 1) + all(16)) >> 5;
  }

  static void tone_block(const std::uint8_t* in, std::uint8_t* out, const line_row& above,
                         const line_row& below, int at, u16 to_above, u16 to_below) {
    const rgb pixels = Lanes::load(in);
    const u16 light = luminance(pixels);
    const u16 slope = mul_high(load<u16>(above.slope + at), to_above) +
                      mul_high(load<u16>(below.slope + at), to_below);
    const u16 offset = mul_high(load<u16>(above.offset + at), to_above) +
                       mul_high(load<u16>(below.offset + at), to_below);
    const u16 base = mul_high(light, slope) + offset;

    const u16 base_stops = stops_below_white(base - (base >> 6) + all(toe));
    const u16 own_stops = stops_below_white(light - (light >> 6) + all(toe));
    const u16 detail = max(base_stops, own_stops) - min(base_stops, own_stops);
    const u16 smoothed = min(detail, all(noise));
    const u16 boosted = min(mul_high(detail - smoothed, all(boost)), all(boost_limit));
    const u16 change = boosted - smoothed;

    u16 gain_stops = mul_high(base_stops, all(lift)) + all(stop + exposure);
    gain_stops += own_stops < base_stops ? change : -change;
    const u16 gain = power(min(gain_stops, all(4 * stop - 1)));
    Lanes::store(out, {developed(pixels.red, gain), developed(pixels.green, gain),
                       developed(pixels.blue, gain)});
  }

  static void tone(const std::uint8_t* in, std::uint8_t* out, int width, const line_row& above,
                   const line_row& below, int at, int weight) {
    const u16 to_below = all(weight);
    const u16 to_above = -to_below;  // 65536 - weight
    int x = 0;
    for (; x + count <= width; x += count) {
      tone_block(in + 3 * x, out + 3 * x, above, below, at + x, to_above, to_below);
    }
    if (x < width) {
      std::uint8_t rest[3 * count] = {};
      std::uint8_t result[3 * count];
      __builtin_memcpy(rest, in + 3 * x, 3 * (width - x));
      tone_block(rest, result, above, below, at + x, to_above, to_below);
      __builtin_memcpy(out + 3 * x, result, 3 * (width - x));
    }
  }

  static constexpr row_kernels table{measure, fit, stretch, tone};
};

}  // namespace
}  // namespace workloads::enhance
