// Compiled without vectorisation (see CMakeLists.txt): what one pixel at a time costs.
#include <bit>

#include "workloads/kernels/enhance_rows.hpp"

namespace workloads::enhancing {
namespace {

int luminance(const std::uint8_t* pixel) {
  return red_weight * pixel[0] + green_weight * pixel[1] + blue_weight * pixel[2];
}

void measure(const std::uint8_t* pixels, int width, columns& to) {
  for (int x = 0; x < width; ++x) {
    const auto level = static_cast<std::uint32_t>(luminance(pixels + 3 * x) + 128) >> 8;
    to.sum[x] += static_cast<std::uint16_t>(level);
    to.squares[x / 2] += level * level;
  }
}

// Every product and sum below is exact in a double or rounded once, so that no compiler's
// contraction of a multiplication and an addition can change it.
void fit(const sums_row& around, int cells, std::uint16_t* slope, std::uint16_t* offset) {
  for (int i = 0; i < cells; ++i) {
    const double n = around.count[i];
    const double sum = around.sum[i];
    const double variance = n * around.squares[i] - sum * sum;
    const double share = variance / (variance + (sum * sum * edge_contrast + n * n * edge_noise));
    slope[i] = static_cast<std::uint16_t>(static_cast<int>(share * 65535));
    offset[i] = static_cast<std::uint16_t>(static_cast<int>((1 - share) * (256 * sum / n)));
  }
}

std::uint32_t between(std::uint32_t from, std::uint32_t to, std::uint32_t weight) {
  return (from * (65536 - weight) >> 16) + (to * weight >> 16);
}

void stretch(const std::uint16_t* values, int cells, std::uint16_t* to) {
  for (int x = 0; x < (cells - 1) * cell; ++x) {
    const std::uint32_t weight = (2 * (x % cell) + 1) * (65536 / (2 * cell));
    to[x] = static_cast<std::uint16_t>(between(values[x / cell], values[x / cell + 1], weight));
  }
}

std::uint32_t share_of(std::uint32_t value, std::uint32_t share) { return value * share >> 16; }

// 16 - log2(value) in 1/8192, for 16-bit values from 1024.
std::uint32_t stops_below_white(std::uint32_t value) {
  const int shift = 16 - std::bit_width(value);
  const std::uint32_t f = value << (shift + 1) & 65535;
  const std::uint32_t log = f + share_of(share_of(f, 65535 - f), log_0 - share_of(f, log_1));
  return shift * stop + ((65535 - log) >> 3);
}

// 4096 * 2^(stops / 8192), for stops below four.
std::uint32_t power(std::uint32_t stops) {
  const std::uint32_t r = stops << 3 & 65535;
  const std::uint32_t bend = share_of(share_of(r, 65535 - r), exp_0 + share_of(r, exp_1));
  return (4096 + ((r - bend) >> 4)) << (stops >> 13);
}

std::uint8_t developed(std::uint32_t channel, std::uint32_t gain) {
  const std::uint32_t scaled = channel * gain >> 8;
  const std::uint32_t level = scaled < white_in ? scaled : white_in;
  const std::uint32_t over = level > knee ? level - knee : 0;
  return static_cast<std::uint8_t>((level - (over * over >> 13) + 16) >> 5);
}

void tone(const std::uint8_t* in, std::uint8_t* out, int width, const line_row& above,
          const line_row& below, int at, int weight) {
  for (int x = 0; x < width; ++x, ++at, in += 3, out += 3) {
    const auto light = static_cast<std::uint32_t>(luminance(in));
    const std::uint32_t slope = between(above.slope[at], below.slope[at], weight);
    const std::uint32_t offset = between(above.offset[at], below.offset[at], weight);
    const std::uint32_t base = share_of(light, slope) + offset;

    const std::uint32_t base_stops = stops_below_white(base - (base >> 6) + toe);
    const std::uint32_t own_stops = stops_below_white(light - (light >> 6) + toe);
    const bool brighter = own_stops < base_stops;
    const std::uint32_t detail = brighter ? base_stops - own_stops : own_stops - base_stops;
    const std::uint32_t smoothed = detail < noise ? detail : noise;
    const std::uint32_t wanted = share_of(detail - smoothed, boost);
    const std::uint32_t boosted = wanted < boost_limit ? wanted : boost_limit;

    std::uint32_t gain_stops = share_of(base_stops, lift) + stop + exposure;
    gain_stops += brighter ? boosted - smoothed : smoothed - boosted;
    if (gain_stops > 4 * stop - 1) gain_stops = 4 * stop - 1;
    const std::uint32_t gain = power(gain_stops);
    for (int c = 0; c < 3; ++c) out[c] = developed(in[c], gain);
  }
}

}  // namespace

constinit const row_kernels scalar_rows{measure, fit, stretch, tone};

}  // namespace workloads::enhancing
