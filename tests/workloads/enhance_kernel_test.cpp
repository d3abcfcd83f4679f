#include "workloads/kernels/enhance_kernel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "workloads/kernels/enhance_rows.hpp"
#include "workloads/kernels/night_scene.hpp"

namespace {

using workloads::picture;
using workloads::tile;
using bytes = std::vector<std::uint8_t>;
namespace enhancing = workloads::enhancing;

picture view(const workloads::image& of) { return {of.pixels.data(), of.width, of.height}; }

bytes whole(const workloads::image& of) {
  bytes out(of.pixels.size());
  workloads::enhance_scalar(view(of), out.data(), {0, 0, of.width, of.height});
  return out;
}

workloads::image noise(int width, int height, std::mt19937& random) {
  workloads::image result{width, height, bytes(std::size_t{3} * width * height)};
  const int ceiling = std::uniform_int_distribution<>(1, 255)(random);
  for (auto& value : result.pixels) value = std::uniform_int_distribution<>(0, ceiling)(random);
  return result;
}

// The algorithm as docs/enhance.md states it, in real numbers and without any of the kernel's
// machinery: every pixel asks for the four cells around it, every cell for its nine.
class by_the_book {
 public:
  explicit by_the_book(const workloads::image& of) : of_(of) {}

  double pixel(int x, int y, int channel) const {
    const double cell_x = (x + 0.5) / 16 - 0.5;
    const double cell_y = (y + 0.5) / 16 - 0.5;
    const int left = static_cast<int>(std::floor(cell_x));
    const int top = static_cast<int>(std::floor(cell_y));
    double slope = 0;
    double offset = 0;
    for (const int dy : {0, 1}) {
      for (const int dx : {0, 1}) {
        const double weight =
            (1 - std::abs(cell_x - left - dx)) * (1 - std::abs(cell_y - top - dy));
        const auto line = line_of(left + dx, top + dy);
        slope += weight * line.first;
        offset += weight * line.second;
      }
    }
    const double light = luminance(x, y);
    const double base = stops(slope * light + offset);
    const double detail = base - stops(light);  // in stops; positive: brighter than the base
    const double cored = std::max(std::abs(detail) - 0.07, 0.0);
    const double smoothed = std::min(std::abs(detail), 0.07);
    const double change = std::min(0.6 * cored, 0.5) - smoothed;
    const double exponent = 0.6 * base + 0.25 + (detail > 0 ? change : -change);
    const double value =
        of_.pixels[3 * (y * of_.width + x) + channel] * std::exp2(std::min(exponent, 3.0));
    const double level = std::min(value, 319.0);
    const double over = std::max(level - 191, 0.0);
    return level - over * over / 256;
  }

 private:
  double luminance(int x, int y) const {
    const auto* p = of_.pixels.data() + 3 * (y * of_.width + x);
    return (54.0 * p[0] + 183.0 * p[1] + 19.0 * p[2]) / 256;
  }
  static double stops(double light) { return 8 - std::log2(light * 63 / 64 + 4); }

  std::pair<double, double> line_of(int cell_x, int cell_y) const {
    cell_x = std::clamp(cell_x, 0, (of_.width + 15) / 16 - 1);
    cell_y = std::clamp(cell_y, 0, (of_.height + 15) / 16 - 1);
    double n = 0;
    double sum = 0;
    double squares = 0;
    for (int y = std::max(cell_y * 16 - 16, 0); y < std::min(cell_y * 16 + 32, of_.height); ++y) {
      for (int x = std::max(cell_x * 16 - 16, 0); x < std::min(cell_x * 16 + 32, of_.width); ++x) {
        const double level = std::floor(luminance(x, y) + 0.5);
        n += 1;
        sum += level;
        squares += level * level;
      }
    }
    const double mean = sum / n;
    const double variance = squares / n - mean * mean;
    const double slope = variance / (variance + mean * mean / 32 + 3);
    return {slope, (1 - slope) * mean};
  }

  const workloads::image& of_;
};

TEST(enhance_kernel, does_what_the_documentation_says) {
  std::mt19937 random(1);
  for (const auto& of :
       {workloads::night_scene(160, 120), noise(33, 50, random), noise(90, 7, random)}) {
    const auto out = whole(of);
    const by_the_book book(of);
    for (int y = 0; y < of.height; y += 3) {
      for (int x = 0; x < of.width; x += 2) {
        for (int c = 0; c < 3; ++c) {
          ASSERT_NEAR(out[3 * (y * of.width + x) + c], book.pixel(x, y, c), 1.5) << x << "," << y;
        }
      }
    }
  }
}

struct named_rows {
  const char* name;
  const enhancing::row_kernels* rows;
  bool runs_here;
};

std::vector<named_rows> vectorised_rows() {
  std::vector<named_rows> all = {{"generic", &enhancing::generic_rows, true}};
#ifdef __x86_64__
  all.push_back({"avx2", &enhancing::avx2_rows, __builtin_cpu_supports("avx2") != 0});
  all.push_back({"avx512", &enhancing::avx512_rows,
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi")});
#endif
  return all;
}

TEST(enhance_kernel, gives_the_same_bytes_by_every_instruction_set) {
  std::mt19937 random(2);
  for (const auto& [name, rows, runs_here] : vectorised_rows()) {
    if (!runs_here) continue;
    for (int i = 0; i < 120; ++i) {
      const int width = std::uniform_int_distribution<>(1, i % 10 == 0 ? 1200 : 100)(random);
      const int height = std::uniform_int_distribution<>(1, 70)(random);
      const auto of =
          i % 2 == 0 ? noise(width, height, random) : workloads::night_scene(width, height);
      bytes out(of.pixels.size());
      enhancing::run(*rows, view(of), out.data(), {0, 0, width, height});
      ASSERT_EQ(out, whole(of)) << name << " " << width << "x" << height;
    }
  }
}

TEST(enhance_kernel, gives_the_same_bytes_however_the_picture_is_divided) {
  std::mt19937 random(3);
  const auto of = workloads::night_scene(701, 203);
  const auto expected = whole(of);
  for (int i = 0; i < 60; ++i) {
    const int wide = std::uniform_int_distribution<>(1, i % 4 == 0 ? 701 : 90)(random);
    const int high = std::uniform_int_distribution<>(1, i % 3 == 0 ? 203 : 40)(random);
    bytes out(of.pixels.size());
    for (int y = 0; y < of.height; y += high) {
      for (int x = 0; x < of.width; x += wide) {
        const tile part{x, y, std::min(wide, of.width - x), std::min(high, of.height - y)};
        if ((x / wide + y / high) % 3 == 0) {
          workloads::enhance_scalar(view(of), out.data(), part);
        } else {
          workloads::enhance_vectorised(view(of), out.data(), part);
        }
      }
    }
    ASSERT_EQ(out, expected) << wide << "x" << high;
  }
}

TEST(enhance_kernel, writes_its_tile_and_nothing_else) {
  const auto of = workloads::night_scene(150, 90);
  const auto expected = whole(of);
  for (const tile part : {tile{0, 0, 1, 1}, {149, 89, 1, 1}, {7, 5, 33, 17}, {100, 3, 50, 80}}) {
    bytes out(of.pixels.size(), 123);
    workloads::enhance_vectorised(view(of), out.data(), part);
    for (int y = 0; y < of.height; ++y) {
      for (int x = 0; x < of.width; ++x) {
        const bool inside =
            x >= part.x && x < part.x + part.width && y >= part.y && y < part.y + part.height;
        for (int at = 3 * (y * of.width + x), c = 0; c < 3; ++c) {
          ASSERT_EQ(out[at + c], inside ? expected[at + c] : 123) << x << "," << y;
        }
      }
    }
  }
}

TEST(enhance_kernel, reads_nothing_outside_the_picture) {
  // Exactly as large as the picture, so that the address sanitizer watches both ends.
  for (const int width : {1, 31, 32, 33, 47, 513}) {
    const auto of = workloads::night_scene(width, 19);
    const std::vector<std::uint8_t> copy(of.pixels);
    bytes out(copy.size());
    workloads::enhance_vectorised({copy.data(), width, 19}, out.data(), {0, 0, width, 19});
    EXPECT_EQ(out, whole(of));
  }
}

TEST(enhance_kernel, brightens_the_dark_and_keeps_the_bright) {
  const auto of = workloads::night_scene(640, 480);
  const auto out = whole(of);
  double before = 0;
  double after = 0;
  for (const auto value : of.pixels) before += value;
  for (const auto value : out) after += value;
  EXPECT_GT(after, 3 * before);
  const workloads::image white{40, 40, bytes(4800, 255)};
  for (const auto value : whole(white)) ASSERT_GE(value, 253);
  const workloads::image black{40, 40, bytes(4800, 0)};
  for (const auto value : whole(black)) ASSERT_EQ(value, 0);
}

}  // namespace
