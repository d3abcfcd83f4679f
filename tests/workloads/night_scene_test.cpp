#include "workloads/kernels/night_scene.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace {

std::uint64_t fnv1a(const std::vector<std::uint8_t>& bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const auto byte : bytes) hash = (hash ^ byte) * 0x100000001b3U;
  return hash;
}

TEST(night_scene, is_the_same_bytes_with_every_compiler) {
  EXPECT_EQ(fnv1a(workloads::night_scene(640, 480).pixels), 12702072351596656449U);
  EXPECT_EQ(fnv1a(workloads::night_scene(301, 97).pixels), 8832774112864324879U);
}

TEST(night_scene, is_dark_but_not_black_and_has_lights) {
  const auto scene = workloads::night_scene(800, 600);
  const auto& pixels = scene.pixels;
  const double mean = std::accumulate(pixels.begin(), pixels.end(), 0.0) / pixels.size();
  EXPECT_GT(mean, 4);
  EXPECT_LT(mean, 24);
  const auto lights = std::count_if(pixels.begin(), pixels.end(), [](int v) { return v > 140; });
  EXPECT_GT(lights, 500);
}

TEST(night_scene, comes_in_any_size) {
  for (const int width : {1, 2, 17, 1000}) {
    for (const int height : {1, 2, 15, 700}) {
      const auto scene = workloads::night_scene(width, height);
      EXPECT_EQ(scene.pixels.size(), std::size_t{3} * width * height);
    }
  }
}

}  // namespace
