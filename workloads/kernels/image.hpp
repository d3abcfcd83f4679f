#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace workloads {

// An 8-bit sRGB picture: rows from the top, three bytes a pixel, no padding.
struct image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

// The largest picture that is read: 200 million pixels, 65,500 a side.
inline constexpr std::int64_t max_image_pixels = 200'000'000;
inline constexpr int max_image_side = 65'500;

// Reads a JPEG or PNG file, told apart by its first bytes. Greyscale, palettes, 16-bit samples and
// CMYK are converted to 8-bit RGB, transparency is laid over black, and a JPEG is turned upright as
// its Exif orientation says. Throws std::runtime_error, its text one line that begins with the
// path.
image load_image(const std::filesystem::path& path);

// Writes a PNG under a temporary name beside `path`, then renames it: `path` is never half a
// picture. `pixels` are width * height * 3 bytes. Throws std::runtime_error like load_image.
void save_png(const std::filesystem::path& path, int width, int height,
              std::span<const std::uint8_t> pixels);

}  // namespace workloads
