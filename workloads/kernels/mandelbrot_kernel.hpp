#pragma once

#include <cstdint>

namespace workloads {

// A picture of the Mandelbrot set: the plane from -2 - 1.2i to 0.7 + 1.2i.
struct mandelbrot_view {
  int width = 0;
  int height = 0;
  int limit = 0;  // iterations after which a point counts as inside; a multiple of 16
};

// How often z = z^2 + c stays within |z| <= 2, up to the limit, for each point of a row. 32 points
// at a time in vectors. Rows through the set take a hundred times as long as those beside it.
void mandelbrot_row(const mandelbrot_view& view, int row, std::uint16_t* counts);

// The same count for one point, by the definition.
int mandelbrot_point(const mandelbrot_view& view, int column, int row);

}  // namespace workloads
