#pragma once

#include <cstdint>

#include "workloads/kernels/enhance_kernel.hpp"

// The inner loops of the enhancement kernel, in one table per instruction set. The tables' files
// are compiled with flags of their own, so this header and theirs use no inline function of any
// library: the linker might pick a copy that the processor cannot run.
namespace workloads::enhancing {

inline constexpr int cell = 16;    // pixels: a side of the base layer's cells
inline constexpr int strip = 512;  // pixels: the widest row the loops are given
inline constexpr int row_cells = strip / cell + 4;
inline constexpr int pad = 32;  // elements that a loop may touch past a row's end

// base(pixel) = slope * luminance + offset: slope in 1/65536, offset in 1/256 of a level.
struct line_row {
  std::uint16_t slope[(row_cells)*cell + pad];
  std::uint16_t offset[(row_cells)*cell + pad];
};

// Luminance statistics of a row of cells: sums over whole levels.
struct sums_row {
  double count[row_cells + 8];
  double sum[row_cells + 8];
  double squares[row_cells + 8];
};

// What one row of cells adds up to, by column (and pair of columns), while its pixels are read.
struct columns {
  std::uint16_t sum[row_cells * cell + pad];
  std::uint32_t squares[(row_cells * cell + pad) / 2];
};

// Luminance is 54 R + 183 G + 19 B: 1/256 levels, Rec. 709's weights.
inline constexpr int red_weight = 54;
inline constexpr int green_weight = 183;
inline constexpr int blue_weight = 19;

// The base follows edges whose variance exceeds edge_contrast * mean^2 + edge_noise.
inline constexpr double edge_contrast = 1.0 / 32;
inline constexpr double edge_noise = 3;  // levels^2

// The tone curve works in stops (powers of two) below white, in 1/8192.
inline constexpr int stop = 8192;
inline constexpr int toe = 1024;               // 1/256 levels: keeps the darkest pixels dark
inline constexpr int lift = 65536 * 60 / 100;  // share of the base's stops that is made up for
inline constexpr int exposure = stop / 4;  // stops added everywhere; the shoulder takes them back
inline constexpr int noise = stop * 7 / 100;    // detail below this is noise and is smoothed away
inline constexpr int boost = 65536 * 60 / 100;  // detail above it is strengthened by this share,
inline constexpr int boost_limit = stop / 2;    // by at most this

// log2(1 + f) = f + f (1 - f) (log_0 - log_1 f) to 0.001, 2^r = 1 + r - r (1 - r) (exp_0 + exp_1 r)
// to 0.0002; in 1/65536.
inline constexpr int log_0 = 27713;
inline constexpr int log_1 = 10434;
inline constexpr int exp_0 = 19931;
inline constexpr int exp_1 = 5193;

// Above `knee` a channel bends, by a parabola, so that `white_in` becomes 255; in 1/32 levels.
inline constexpr int knee = 6112;
inline constexpr int white_in = 10208;

struct row_kernels {
  // Adds the luminance, in whole levels, of `width` pixels to the columns; the first pixel is the
  // first of a cell.
  void (*measure)(const std::uint8_t* pixels, int width, columns& to);
  // The cells' lines from the statistics around them.
  void (*fit)(const sums_row& around, int cells, std::uint16_t* slope, std::uint16_t* offset);
  // From `cells` values, at the cells' centres, to 16 * (cells - 1) in between.
  void (*stretch)(const std::uint16_t* values, int cells, std::uint16_t* to);
  // Enhances `width` pixels; `weight` of 65536 is how far their row is from `above` to `below`;
  // the lines' first column is `at`.
  void (*tone)(const std::uint8_t* in, std::uint8_t* out, int width, const line_row& above,
               const line_row& below, int at, int weight);
};

extern const row_kernels scalar_rows;
extern const row_kernels generic_rows;
#ifdef __x86_64__
extern const row_kernels avx2_rows;
extern const row_kernels avx512_rows;
#endif

// Enhances one tile with the given loops: what enhance_scalar and enhance_vectorised do with
// theirs.
void run(const row_kernels& rows, picture in, std::uint8_t* out, tile part);

}  // namespace workloads::enhancing
