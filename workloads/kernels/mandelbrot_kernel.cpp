// Compiled with -ffp-contract=off (see CMakeLists.txt): a fused multiplication would round
// otherwise in one function than in the other, and points near the border would differ.
#include "workloads/kernels/mandelbrot_kernel.hpp"

namespace workloads {
namespace {

double real_part(const mandelbrot_view& view, int column) {
  return -2.0 + 2.7 * column / view.width;
}
double imaginary_part(const mandelbrot_view& view, int row) {
  return -1.2 + 2.4 * row / view.height;
}

constexpr int lanes = 8;
constexpr int vectors = 4;  // enough chains to hide the latency of one
constexpr int points = vectors * lanes;
constexpr int unchecked = 16;  // iterations between two looks at who is left
using reals [[gnu::vector_size(8 * lanes)]] = double;
using integers [[gnu::vector_size(8 * lanes)]] = long long;

bool any(const integers& mask) {
  long long bits = 0;
  for (int i = 0; i < lanes; ++i) bits |= mask[i];
  return bits != 0;
}

// The next `points` columns of a row. A point that has left never returns: with |z| > 2 >= |c|, or
// z = c, |z| only grows, to infinity and then to NaN, which compares false. So no mask is kept.
void count(const mandelbrot_view& view, int column, double ci, std::uint16_t* counts) {
  reals cr[vectors];
  reals zr[vectors] = {};
  reals zi[vectors] = {};
  integers inside[vectors] = {};
  for (int i = 0; i < points; ++i) cr[i / lanes][i % lanes] = real_part(view, column + i);
  bool some_left = true;
  for (int done = 0; some_left && done < view.limit; done += unchecked) {
    integers left[vectors];
    for (int i = 0; i < unchecked; ++i) {
      for (int v = 0; v < vectors; ++v) {
        const reals real = zr[v] * zr[v];
        const reals imaginary = zi[v] * zi[v];
        left[v] = real + imaginary <= 4.0;
        inside[v] -= left[v];
        zi[v] = (zr[v] + zr[v]) * zi[v] + ci;
        zr[v] = real - imaginary + cr[v];
      }
    }
    some_left = any(left[0] | left[1] | left[2] | left[3]);
  }
  for (int i = 0; i < points; ++i) {
    counts[i] = static_cast<std::uint16_t>(inside[i / lanes][i % lanes]);
  }
}

}  // namespace

void mandelbrot_row(const mandelbrot_view& view, int row, std::uint16_t* counts) {
  const double ci = imaginary_part(view, row);
  int column = 0;
  for (; column + points <= view.width; column += points) {
    count(view, column, ci, counts + column);
  }
  if (column < view.width) {
    std::uint16_t last[points];
    count(view, column, ci, last);
    for (int i = 0; column + i < view.width; ++i) counts[column + i] = last[i];
  }
}

int mandelbrot_point(const mandelbrot_view& view, int column, int row) {
  const double cr = real_part(view, column);
  const double ci = imaginary_part(view, row);
  double zr = 0;
  double zi = 0;
  int n = 0;
  while (n < view.limit && zr * zr + zi * zi <= 4.0) {
    const double next = zr * zr - zi * zi + cr;
    zi = 2 * zr * zi + ci;
    zr = next;
    ++n;
  }
  return n;
}

}  // namespace workloads
