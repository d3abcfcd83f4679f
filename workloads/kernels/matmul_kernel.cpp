#include "workloads/kernels/matmul_kernel.hpp"

namespace workloads {
namespace {

constexpr int lanes = 8;
constexpr int vectors = panel_width / lanes;
constexpr int rows = 8;  // with two vectors each: sixteen sums stay in registers
using reals [[gnu::vector_size(8 * lanes)]] = double;

// `rows` rows of C in one panel: the whole sums over k, held in registers.
void strip(const double* a, const double* panel, double* c, int n) {
  reals sum[rows][vectors] = {};
  for (int k = 0; k < n; ++k, panel += panel_width) {
    for (int v = 0; v < vectors; ++v) {
      reals right;
      __builtin_memcpy(&right, panel + v * lanes, sizeof right);
      for (int r = 0; r < rows; ++r) sum[r][v] += a[r * std::size_t(n) + k] * right;
    }
  }
  for (int r = 0; r < rows; ++r) __builtin_memcpy(c + r * std::size_t(n), sum[r], sizeof sum[r]);
}

}  // namespace

void matmul_tile_product(const double* a, const double* b, double* c, int n, int row, int column) {
  for (int j = column; j < column + matmul_tile; j += panel_width) {
    for (int i = row; i < row + matmul_tile; i += rows) {
      strip(a + std::size_t(i) * n, b + panel_index(n, 0, j), c + std::size_t(i) * n + j, n);
    }
  }
}

}  // namespace workloads
