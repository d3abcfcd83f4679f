#pragma once

#include <cstdint>
#include <string_view>

namespace workloads {

// Low-light enhancement of 8-bit sRGB pictures: a base layer by a self-guided filter (He et al.,
// "Guided Image Filtering", on 16-pixel cells as in "Fast Guided Filter"), brightened by a gamma
// curve in fixed-point log2; the detail over it is cored, boosted and limited. docs/enhance.md has
// the algorithm. A tile's result depends on the picture alone, and is the same bytes however the
// picture is divided and whichever form of the kernel runs.

// A picture that is somebody else's: rows from the top, three bytes a pixel.
struct picture {
  const std::uint8_t* pixels = nullptr;
  int width = 0;
  int height = 0;
};

// Columns [x, x + width) of rows [y, y + height); it must lie within its picture.
struct tile {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

// Enhances one tile of `in` into its place in `out`, a picture of the same size that is not `in`.
// A pixel at a time, never vectorised by the compiler.
void enhance_scalar(picture in, std::uint8_t* out, tile part);

// The same bytes, by the widest vectors this processor has.
void enhance_vectorised(picture in, std::uint8_t* out, tile part);

// "avx512", "avx2" or "generic": what enhance_vectorised uses here.
std::string_view enhance_instructions();

}  // namespace workloads
