#include "workloads/kernels/enhance_kernel.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "workloads/kernels/enhance_rows.hpp"

namespace workloads {
namespace enhancing {
namespace {

// One strip of a tile, at most `strip` pixels wide, from the top down. Pixels lie between four
// cells' centres; a cell's line comes from the statistics of the nine cells around it. So rows of
// cells are measured one ahead of the row whose lines are fitted, and the pixels between two rows
// of lines are enhanced once both are there: what is kept is small and on the stack.
class strip_pass {
 public:
  strip_pass(const row_kernels& rows, picture in, std::uint8_t* out, tile part)
      : rows_(rows),
        in_(in),
        out_(out),
        part_(part),
        columns_((in.width + cell - 1) / cell),
        lines_((in.height + cell - 1) / cell),
        first_(lower_centre(part.x)),
        count_(lower_centre(part.x + part.width - 1) + 2 - first_),
        measured_from_(std::max(first_ - 1, 0)),
        measured_to_(std::min(first_ + count_ + 1, columns_)) {}

  void run() {
    const int top = lower_centre(part_.y);
    const int bottom = lower_centre(part_.y + part_.height - 1) + 1;
    line_row rows_of_lines[2];
    line_row* above = &rows_of_lines[0];
    line_row* below = &rows_of_lines[1];
    next_line_ = std::max(top - 1, 0);
    for (int line = top; line <= bottom; ++line) {
      // Beyond the picture's edge the outermost lines go on.
      if (line <= top || (line > 0 && line < lines_)) {
        fit(std::clamp(line, 0, lines_ - 1), *below);
      } else {
        *below = *above;
      }
      if (line > top) enhance_between(line, *above, *below);
      std::swap(above, below);
    }
  }

 private:
  // The last cell whose centre is not right of (below) pixel `at`; -1 before the first centre.
  static int lower_centre(int at) { return (at + cell / 2) / cell - 1; }

  const std::uint8_t* pixel(int x, int y) const {
    return in_.pixels + 3 * (std::size_t(y) * in_.width + x);
  }

  // Short pieces of rows far apart: no processor's own prefetching follows them.
  template <int ToWrite>
  void prefetch(int x, int y, int width) const {
    if (y >= in_.height) return;
    const std::uint8_t* from = pixel(x, y);
    if (ToWrite) from = out_ + (from - in_.pixels);
    for (int at = 0; at < 3 * width; at += 64) __builtin_prefetch(from + at, ToWrite);
  }

  void measure(int line) {
    columns sums{};
    const int left = measured_from_ * cell;
    const int right = std::min(measured_to_ * cell, in_.width);
    const int bottom = std::min((line + 1) * cell, in_.height);
    for (int y = line * cell; y < bottom; ++y) {
      prefetch<0>(left, y + cell / 2, right - left);
      rows_.measure(pixel(left, y), right - left, sums);
    }
    auto& to = sums_[line % 3];
    const int height = bottom - line * cell;
    for (int i = 0; i < measured_to_ - measured_from_; ++i) {
      std::uint32_t sum = 0;
      std::uint32_t squares = 0;
      for (int x = 0; x < cell; ++x) sum += sums.sum[i * cell + x];
      for (int x = 0; x < cell / 2; ++x) squares += sums.squares[i * cell / 2 + x];
      to.count[i] = std::min(cell, right - left - i * cell) * height;
      to.sum[i] = sum;
      to.squares[i] = squares;
    }
  }

  // Sums over the up to nine cells around each measured cell of `line`.
  void gather(int line, sums_row& around) {
    for (; next_line_ <= std::min(line + 1, lines_ - 1); ++next_line_) measure(next_line_);
    const int cells = measured_to_ - measured_from_;
    const auto add_up = [&](double(sums_row::*values)[row_cells + 8]) {
      double columns[row_cells + 2] = {};
      for (int l = std::max(line - 1, 0); l <= std::min(line + 1, lines_ - 1); ++l) {
        for (int i = 0; i < cells; ++i) columns[i + 1] += (sums_[l % 3].*values)[i];
      }
      for (int i = 0; i < cells; ++i) {
        (around.*values)[i] = columns[i] + columns[i + 1] + columns[i + 2];
      }
    };
    add_up(&sums_row::count);
    add_up(&sums_row::sum);
    add_up(&sums_row::squares);
  }

  void fit(int line, line_row& to) {
    sums_row around{};
    gather(line, around);
    std::uint16_t slope[row_cells + pad] = {};
    std::uint16_t offset[row_cells + pad] = {};
    // One cell in front, for the repeated one at the picture's left edge.
    rows_.fit(around, measured_to_ - measured_from_, slope + 1, offset + 1);
    std::uint16_t slopes[row_cells + pad] = {};
    std::uint16_t offsets[row_cells + pad] = {};
    for (int i = 0; i < count_; ++i) {
      const int from = std::clamp(first_ + i, 0, columns_ - 1) - measured_from_ + 1;
      slopes[i] = slope[from];
      offsets[i] = offset[from];
    }
    rows_.stretch(slopes, count_, to.slope);
    rows_.stretch(offsets, count_, to.offset);
  }

  void enhance_between(int line, const line_row& above, const line_row& below) {
    const int centre = line * cell - cell / 2;
    const int at = part_.x - (first_ * cell + cell / 2);
    const int bottom = std::min(centre + cell, part_.y + part_.height);
    for (int y = std::max(centre, part_.y); y < bottom; ++y) {
      const int weight = (2 * (y - centre) + 1) * (65536 / (2 * cell));
      const auto* from = pixel(part_.x, y);
      prefetch<1>(part_.x, y + 4, part_.width);
      rows_.tone(from, out_ + (from - in_.pixels), part_.width, above, below, at, weight);
    }
  }

  const row_kernels& rows_;
  picture in_;
  std::uint8_t* out_;
  tile part_;
  int columns_;  // of cells in the picture
  int lines_;
  int first_;  // cell whose centre is left of the strip, and how many there are to its right's
  int count_;
  int measured_from_;  // cells whose statistics are needed: one more on each side
  int measured_to_;
  int next_line_ = 0;  // the first row of cells not yet measured
  sums_row sums_[3];   // of rows of cells, by number modulo three
};

}  // namespace

void run(const row_kernels& rows, picture in, std::uint8_t* out, tile part) {
  for (int x = 0; x < part.width; x += strip) {
    const tile narrow{part.x + x, part.y, std::min(strip, part.width - x), part.height};
    if (narrow.height > 0) strip_pass(rows, in, out, narrow).run();
  }
}

namespace {

struct choice {
  const row_kernels* rows;
  std::string_view name;
};

choice best_rows() {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi")) {
    return {&avx512_rows, "avx512"};
  }
  if (__builtin_cpu_supports("avx2")) return {&avx2_rows, "avx2"};
#endif
  return {&generic_rows, "generic"};
}

const choice best = best_rows();

}  // namespace
}  // namespace enhancing

void enhance_scalar(picture in, std::uint8_t* out, tile part) {
  enhancing::run(enhancing::scalar_rows, in, out, part);
}

void enhance_vectorised(picture in, std::uint8_t* out, tile part) {
  enhancing::run(*enhancing::best.rows, in, out, part);
}

std::string_view enhance_instructions() { return enhancing::best.name; }

}  // namespace workloads
