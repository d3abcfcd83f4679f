#include "workloads/kernels/night_scene.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace workloads {
namespace {

struct colour {
  int r = 0;
  int g = 0;
  int b = 0;

  friend colour operator+(colour p, colour q) { return {p.r + q.r, p.g + q.g, p.b + q.b}; }
  // `share` of 256 of this colour.
  friend colour operator*(colour p, int share) {
    return {p.r * share >> 8, p.g * share >> 8, p.b * share >> 8};
  }
};

colour mix(colour p, colour q, int share_of_q) { return p * (256 - share_of_q) + q * share_of_q; }

// The finaliser of MurmurHash3's 64-bit form: all the chance in the picture.
std::uint64_t chance(std::uint64_t a, std::uint64_t b = 0) {
  std::uint64_t x = a * 0x9e3779b97f4a7c15U + b * 0xc2b2ae3d27d4eb4fU;
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdU;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53U;
  return x ^ (x >> 33);
}

int chance_below(int bound, std::uint64_t a, std::uint64_t b = 0) {
  return static_cast<int>(chance(a, b) % static_cast<std::uint64_t>(bound));
}

// 3t^2 - 2t^3 for t in 0..256.
int smooth(int t) { return t * t * (768 - 2 * t) >> 16; }

// Adds one octave of value noise along row `y` of a lattice with cells of step_x by step_y pixels:
// -amplitude to amplitude.
void add_octave(std::vector<int>& row, int y, int step_x, int step_y, int amplitude,
                std::uint64_t seed) {
  const int down = smooth(y % step_y * 256 / step_y);
  const auto node = [&](int i) {
    const std::uint64_t above = chance(seed + y / step_y, i);
    const std::uint64_t below = chance(seed + y / step_y + 1, i);
    return static_cast<int>(((above & 1023) * (256 - down) + (below & 1023) * down) >> 8) - 512;
  };
  std::array<int, 1024> across;
  const int step = std::min<int>(step_x, across.size());
  for (int i = 0; i < step; ++i) across[i] = smooth(i * 256 / step);
  const int width = static_cast<int>(row.size());
  int left = node(0);
  for (int x = 0; x < width; x += step) {
    const int right = node(x / step + 1);
    const int base = left * amplitude;
    const int rise = (right - left) * amplitude;
    const int end = std::min(step, width - x);
    for (int i = 0; i < end; ++i) row[x + i] += (base + (rise * across[i] >> 8)) >> 9;
    left = right;
  }
}

// Noise whose octaves halve in size and strength, from `step` pixels down to 4.
std::vector<int>& fractal(std::vector<int>& row, int y, int step_x, int step_y, int amplitude,
                          std::uint64_t seed) {
  std::fill(row.begin(), row.end(), 0);
  while (step_x >= 4 && step_y >= 1 && amplitude > 0) {
    add_octave(row, y, step_x, std::max(step_y, 1), amplitude, seed);
    step_x /= 2;
    step_y = std::max(step_y / 2, 1);
    amplitude = amplitude * 9 / 16;
    seed += 7919;
  }
  return row;
}

std::vector<int> ridge(int width, int step, int amplitude, std::uint64_t seed) {
  std::vector<int> heights(width);
  fractal(heights, 0, step, 1 << 20, amplitude, seed);
  return heights;
}

class painter {
 public:
  painter(int width, int height)
      : width_(width),
        height_(height),
        unit_(std::max(height, 64)),
        horizon_(std::max(height * 60 / 100, 1)) {
    picture_ = {width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  }

  image paint() {
    paint_land_and_sky();
    paint_stars();
    paint_town();
    paint_water();
    paint_jetty();
    expose();
    return std::move(picture_);
  }

 private:
  // Thousandths of the picture's height, in pixels.
  int length(int thousandths) const { return std::max(unit_ * thousandths / 1000, 1); }

  std::uint8_t* at(int x, int y) {
    return picture_.pixels.data() + 3 * (std::size_t(y) * width_ + x);
  }
  void put(std::uint8_t* pixel, colour c) {
    pixel[0] = static_cast<std::uint8_t>(std::clamp(c.r, 0, 255));
    pixel[1] = static_cast<std::uint8_t>(std::clamp(c.g, 0, 255));
    pixel[2] = static_cast<std::uint8_t>(std::clamp(c.b, 0, 255));
  }
  static colour get(const std::uint8_t* pixel) { return {pixel[0], pixel[1], pixel[2]}; }
  bool inside(int x, int y) const { return x >= 0 && x < width_ && y >= 0 && y < height_; }

  // A light with a halo that falls off with the square of the distance.
  void glow(int centre_x, int centre_y, int radius, colour light) {
    const int reach = radius * 8;
    for (int y = std::max(centre_y - reach, 0); y < std::min(centre_y + reach, height_); ++y) {
      for (int x = std::max(centre_x - reach, 0); x < std::min(centre_x + reach, width_); ++x) {
        const int dx = x - centre_x;
        const int dy = y - centre_y;
        const int distance = dx * dx + dy * dy;
        if (distance >= reach * reach) continue;
        const int share = 256 * radius * radius / (distance + radius * radius) - 4;
        if (share > 0) put(at(x, y), get(at(x, y)) + light * share);
      }
    }
  }

  void paint_land_and_sky() {
    skyline_.resize(width_);
    const auto far = ridge(width_, length(420), length(95), 11);
    const auto near = ridge(width_, length(260), length(55), 23);
    std::vector<int> clouds(width_);
    std::vector<int> rock(width_ + length(6));
    const int moon_x = width_ * 71 / 100;
    const int moon_y = height_ * 17 / 100;
    const int moon = length(30);
    for (int y = 0; y < horizon_; ++y) {
      const int t = y * 256 / horizon_;
      const colour zenith = mix({26, 38, 84}, {78, 98, 150}, t);
      const colour sky = mix(zenith, {196, 150, 120}, t * t / 256 * t / 256 * 200 / 256);
      fractal(clouds, y, length(300), length(110), 130, 101);
      fractal(rock, y, length(64), length(48), 120, 211);
      for (int x = 0; x < width_; ++x) {
        const int far_top = horizon_ - length(150) - far[x];
        const int near_top = std::min(horizon_ - length(52) - near[x] / 2, horizon_ - length(12));
        skyline_[x] = std::min(far_top, near_top);
        colour c;
        if (y >= near_top) {
          const int relief = (rock[x] - rock[x + length(4)]) * 2;
          c = colour{50, 62, 54} * (256 + relief + rock[x] / 2);
        } else if (y >= far_top) {
          // Rock seen from its side to the moon, snow where it is high, haze where it is low.
          const int relief = (rock[x] - rock[x + length(5)]) * 3;
          const int altitude = horizon_ - y - length(150);
          const bool snow = altitude * 1000 / unit_ + rock[x] / 3 > 12;
          const colour ground = snow ? colour{122, 132, 156} : colour{74, 84, 112};
          c = ground * std::clamp(256 + relief, 110, 380);
          c = mix(c, sky,
                  std::clamp((y - far_top) * 200 / std::max(horizon_ - far_top, 1), 0, 200));
        } else {
          const int dx = x - moon_x;
          const int dy = y - moon_y;
          const int distance = dx * dx + dy * dy;
          const int halo = 220 * moon * moon * 5 / (distance + moon * moon * 5);
          const int cloud = std::clamp(clouds[x] + t / 4 - 20, 0, 140);
          c = sky + colour{90, 92, 96} * cloud +
              colour{230, 220, 190} * (halo * (120 + cloud) / 256);
          // Only the moon itself is a light.
          if (const int peak = std::max({c.r, c.g, c.b}); peak > 180) c = c * (256 * 180 / peak);
          if (distance < moon * moon) {
            const int mare = std::clamp(rock[x] + clouds[x] / 2, 0, 70);
            c = mix({255, 252, 240}, {216, 212, 204}, mare * 3);
          }
        }
        put(at(x, y), c);
      }
    }
  }

  void paint_stars() {
    const auto stars = static_cast<int>(std::int64_t{width_} * horizon_ / 4000);
    for (int i = 0; i < stars; ++i) {
      const int x = chance_below(width_, 501, i);
      const int y = chance_below(horizon_, 502, i);
      const std::uint8_t* below = at(x, y);
      // Not before the land, the moon or thick cloud.
      if (y + length(4) > skyline_[x] || below[1] > 118) continue;
      const int magnitude = chance_below(256, 503, i);
      const int light = 40 + magnitude * magnitude / 256 * magnitude / 256 * 215 / 256;
      const int size = magnitude > 250 ? length(2) : magnitude > 200 ? length(1) : 1;
      const colour tint = mix({255, 236, 214}, {214, 228, 255}, chance_below(256, 504, i));
      if (size == 1) {
        put(at(x, y), get(at(x, y)) + tint * light);
      } else {
        glow(x, y, size / 2 + 1, tint * light);
      }
    }
  }

  void paint_town() {
    int x = width_ * 8 / 100;
    for (int i = 0; x < width_ * 62 / 100; ++i) {
      const int wide = length(12 + chance_below(22, 601, i));
      const int high = length(14 + chance_below(26, 602, i) + (i % 7 == 3 ? 34 : 0));
      const colour wall = colour{66, 62, 66} * (150 + chance_below(150, 603, i));
      const int cell = length(5);
      for (int v = 0; v < high; ++v) {
        for (int u = 0; u < wide && x + u < width_; ++u) {
          const int y = horizon_ - high + v;
          if (y < 0) continue;
          const int window = chance_below(100, 604 + i, (v / cell) * 64 + u / cell);
          const bool pane =
              u % cell * 5 > cell && v % cell * 5 > cell * 2 && u + cell < wide + cell / 2;
          colour c = wall * (230 + u * 60 / wide);
          if (pane)
            c = window < 30   ? colour{255, 214, 140}
                : window < 36 ? colour{214, 232, 255}
                              : colour{34, 38, 50};
          if (pane && window < 22) c = c * (150 + window * 4);
          put(at(x + u, y), c);
        }
      }
      if (i % 3 == 0) glow(x, horizon_ - length(5), length(2), {255, 190, 110});
      x += wide + length(chance_below(12, 605, i));
    }
  }

  void paint_water() {
    std::vector<int> ripple(width_);
    std::vector<int> chop(width_);
    for (int y = horizon_; y < height_; ++y) {
      const int depth = y - horizon_;
      const int stretch = length(4) + depth / 5;
      fractal(ripple, y, stretch * 6, std::max(stretch / 2, 2), 256, 701);
      fractal(chop, y, stretch * 2, std::max(stretch / 8, 2), 256, 709);
      const int fresnel = 196 - depth * 90 / std::max(height_ - horizon_, 1);
      for (int x = 0; x < width_; ++x) {
        const int swing = (ripple[x] + chop[x]) * stretch >> 9;
        const int from_y = std::clamp(horizon_ - 1 - depth * 92 / 100 + swing, 0, horizon_ - 1);
        const int from_x = std::clamp(x + (chop[x] * stretch >> 10), 0, width_ - 1);
        const colour seen = get(at(from_x, from_y)) * fresnel;
        put(at(x, y), seen + colour{7, 18, 26} * (256 + ripple[x]));
      }
    }
  }

  // Planks that recede: their number at row y is a constant over the distance to the horizon.
  void paint_jetty() {
    const int top = horizon_ + length(85);
    std::vector<int> grain(width_);
    for (int y = top; y < height_; ++y) {
      const int below = y - horizon_;
      const int centre = width_ * 33 / 100 - below * 30 / 100 + length(60);
      const int half = below * 46 / 100;
      const int plank_at = length(400) * 160 / below;
      const int plank = plank_at / 12;
      const int next = length(400) * 160 / (below + 1) / 12;
      fractal(grain, y, std::max(half / 2, 8), std::max(below / 60, 1), 90, 801 + plank * 31);
      const int shade = 190 + chance_below(110, 802, plank);
      for (int x = std::max(centre - half, 0); x < std::min(centre + half, width_); ++x) {
        const int from_edge = half - std::abs(x - centre);
        colour c = colour{126, 100, 76} * (shade + grain[x]);
        if (next != plank) c = colour{26, 22, 22};
        if (from_edge < half / 14) c = colour{92, 74, 58} * (230 + grain[x]);
        put(at(x, y), c);
      }
    }
    for (int i = 0; i < 4; ++i) {
      const int below = length(90) * (10 + 9 * i) / 10;
      const int centre = width_ * 33 / 100 - below * 30 / 100 + length(60);
      for (const int side : {-1, 1}) {
        const int x = centre + side * below * 45 / 100;
        post(x, horizon_ + below, below);
        if (i == 1 && side == 1)
          glow(x, horizon_ + below - below * 44 / 100, length(7), {255, 196, 120});
      }
    }
  }

  void post(int centre, int foot, int scale) {
    const int half = std::max(scale / 26, 1);
    for (int y = foot - scale * 36 / 100; y < std::min(foot + scale / 10, height_); ++y) {
      for (int x = centre - half; x <= centre + half; ++x) {
        if (!inside(x, y)) continue;
        const int grain = chance_below(50, 901 + x, y / 8);
        put(at(x, y), colour{104, 84, 66} * (130 + grain + (x - centre + half) * 90 / (2 * half)));
      }
    }
  }

  // Three stops too dark but for the lights themselves, darker in the corners, with photon noise
  // that all channels share and a little that each has for itself.
  void expose() {
    // By luminance, so that a light keeps its colour.
    std::array<int, 256> response;
    for (int v = 0; v < 256; ++v) response[v] = 30 + std::clamp((v - 190) * 5, 0, 210);
    std::array<int, 256> deviation;
    for (int v = 0, root = 0; v < 256; ++v) {
      while ((root + 1) * (root + 1) <= v * 64) ++root;
      deviation[v] = 40 + root * 5 / 8;
    }
    const std::int64_t corner = std::int64_t{width_} * width_ + std::int64_t{height_} * height_;
    const auto shade = [&](int at, int side) {
      const std::int64_t from_centre = 2 * at - side;
      return static_cast<int>(from_centre * from_centre * 90 / corner);
    };
    std::vector<int> vignette(width_);
    for (int x = 0; x < width_; ++x) vignette[x] = 256 - shade(x, width_);
    for (int y = 0; y < height_; ++y) {
      std::uint8_t* pixel = at(0, y);
      const int row_shade = shade(y, height_);
      for (int x = 0; x < width_; ++x, pixel += 3) {
        const int light = vignette[x] - row_shade;
        const std::uint64_t bits = chance(std::uint64_t(y) * width_ + x, 907);
        const auto noise = [&](int i) { return static_cast<int>(bits >> (8 * i) & 255) - 128; };
        const int shared = noise(6) + noise(7);
        const int exposure = response[(pixel[0] + 2 * pixel[1] + pixel[2]) / 4] * light;
        for (int c = 0; c < 3; ++c) {
          const int level = pixel[c] * exposure;
          const int grain = (shared * 3 + (noise(2 * c) + noise(2 * c + 1)) * 2) *
                            deviation[std::min(level >> 16, 255)];
          pixel[c] =
              static_cast<std::uint8_t>(std::clamp((level + grain * 2 + (1 << 15)) >> 16, 0, 255));
        }
      }
    }
  }

  int width_;
  int height_;
  int unit_;
  int horizon_;
  std::vector<int> skyline_;  // the first row of land in each column
  image picture_;
};

}  // namespace

image night_scene(int width, int height) {
  if (std::min(width, height) < 1 || std::max(width, height) > 16'384) {
    throw std::invalid_argument("a night scene is 1 to 16384 pixels wide and high, not " +
                                std::to_string(width) + "x" + std::to_string(height));
  }
  return painter(width, height).paint();
}

}  // namespace workloads
