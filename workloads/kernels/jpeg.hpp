#pragma once

#include <cstdint>
#include <span>

#include "workloads/kernels/image.hpp"

namespace workloads {

// Throws std::runtime_error unless 0 < width, height <= max_image_side and their product fits
// max_image_pixels: asked of the header, before memory is taken.
void check_image_size(std::uint32_t width, std::uint32_t height);

// The picture in a JPEG stream, upright, as 8-bit RGB. Throws std::runtime_error with libjpeg's
// words; a stream that ends early is an error, not a picture with a grey end.
image decode_jpeg(std::span<const std::uint8_t> bytes);

}  // namespace workloads
