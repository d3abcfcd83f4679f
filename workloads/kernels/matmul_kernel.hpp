#pragma once

#include <cstddef>

namespace workloads {

// Square matrices of `n` by `n` doubles, n a multiple of matmul_tile. A and C lie by rows; B lies
// in panels of panel_width columns, each by rows, so that the kernel reads it in one stream.
inline constexpr int matmul_tile = 64;
inline constexpr int panel_width = 16;

// Where B's element in `row` and `column` lies.
constexpr std::size_t panel_index(int n, int row, int column) {
  return (std::size_t(column / panel_width) * n + row) * panel_width + column % panel_width;
}

// C = A B for the tile of C at (row, column): 64 by 64 elements, 2 * 64 * 64 * n operations.
void matmul_tile_product(const double* a, const double* b, double* c, int n, int row, int column);

}  // namespace workloads
