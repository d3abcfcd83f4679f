#include "workloads/kernels/jpeg.hpp"

#include <csetjmp>
#include <cstdio>
// libjpeg's header needs <cstdio> before it.
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace workloads {
namespace {

// libjpeg reports by callbacks: an error jumps out of the decoder, a warning is remembered.
struct jpeg_errors {
  jpeg_error_mgr manager;
  std::jmp_buf out;
  bool truncated = false;
  char text[JMSG_LENGTH_MAX] = "";
};

void on_error(j_common_ptr decoder) {
  auto& errors = *reinterpret_cast<jpeg_errors*>(decoder->err);
  decoder->err->format_message(decoder, errors.text);
  std::longjmp(errors.out, 1);
}

void on_warning(j_common_ptr decoder, int level) {
  if (level >= 0) return;
  const int code = decoder->err->msg_code;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER) {
    reinterpret_cast<jpeg_errors*>(decoder->err)->truncated = true;
  }
}

// The Exif orientation (1 to 8) in an APP1 segment; 1, upright, if there is none.
int orientation_of(std::span<const std::uint8_t> exif) {
  if (exif.size() < 14 ||
      std::string_view(reinterpret_cast<const char*>(exif.data()), 4) != "Exif") {
    return 1;
  }
  const auto tiff = exif.subspan(6);
  const bool little = tiff[0] == 'I';
  const auto number = [&](std::size_t at, int bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) {
      const int shift = 8 * (little ? i : bytes - 1 - i);
      if (at + i < tiff.size()) value |= std::uint32_t{tiff[at + i]} << shift;
    }
    return value;
  };
  const std::size_t directory = number(4, 4);
  if (directory >= tiff.size()) return 1;
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries && directory + 2 + 12 * (i + 1) <= tiff.size(); ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (number(entry, 2) != 0x0112) continue;
    const auto value = number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

// Undoes an Exif orientation: 5 to 8 swap the axes, and either axis may run backwards.
image turned_upright(image picture, int orientation) {
  if (orientation == 1) return picture;
  const bool swap = orientation >= 5;
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  image result{swap ? picture.height : picture.width, swap ? picture.width : picture.height, {}};
  result.pixels.resize(picture.pixels.size());
  auto* out = result.pixels.data();
  for (int y = 0; y < result.height; ++y) {
    for (int x = 0; x < result.width; ++x, out += 3) {
      int from_x = swap ? y : x;
      int from_y = swap ? x : y;
      if (from_right) from_x = picture.width - 1 - from_x;
      if (from_bottom) from_y = picture.height - 1 - from_y;
      const auto at = 3 * (std::size_t(from_y) * picture.width + from_x);
      std::copy_n(picture.pixels.data() + at, 3, out);
    }
  }
  return result;
}

// Adobe's CMYK is stored inverted: 255 is no ink.
void cmyk_to_rgb(const std::uint8_t* in, std::uint8_t* out, int width, bool inverted) {
  for (int x = 0; x < width; ++x, in += 4, out += 3) {
    for (int c = 0; c < 3; ++c) {
      const int light = inverted ? in[c] * in[3] : (255 - in[c]) * (255 - in[3]);
      out[c] = static_cast<std::uint8_t>((light + 127) / 255);
    }
  }
}

// Everything a decoder owns, outside the function that libjpeg's errors jump back to.
struct decoding {
  jpeg_decompress_struct decoder{};
  jpeg_errors errors{};
  image result;
  std::vector<std::uint8_t> cmyk;
  int orientation = 1;

  decoding() {
    decoder.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = on_error;
    errors.manager.emit_message = on_warning;
  }
  decoding(const decoding&) = delete;
  decoding& operator=(const decoding&) = delete;
  ~decoding() { jpeg_destroy_decompress(&decoder); }
};

// False, with the reason in errors.text, if libjpeg gave up.
bool decode(decoding& state, std::span<const std::uint8_t> bytes) {
  auto& [decoder, errors, result, cmyk, orientation] = state;
  if (setjmp(errors.out) != 0) return false;
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, bytes.data(), bytes.size());
  jpeg_save_markers(&decoder, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&decoder, TRUE);
  check_image_size(decoder.image_width, decoder.image_height);
  for (auto* marker = decoder.marker_list; marker != nullptr; marker = marker->next) {
    const int found = orientation_of({marker->data, marker->data_length});
    if (found != 1) orientation = found;
  }
  const bool four_inks = decoder.num_components == 4;
  decoder.out_color_space = four_inks ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&decoder);
  result.width = static_cast<int>(decoder.output_width);
  result.height = static_cast<int>(decoder.output_height);
  const std::size_t row_bytes = std::size_t{3} * decoder.output_width;
  result.pixels.resize(row_bytes * decoder.output_height);
  if (four_inks) cmyk.resize(std::size_t{4} * decoder.output_width);
  while (decoder.output_scanline < decoder.output_height) {
    auto* row = result.pixels.data() + row_bytes * decoder.output_scanline;
    auto* target = four_inks ? cmyk.data() : row;
    jpeg_read_scanlines(&decoder, &target, 1);
    if (four_inks) cmyk_to_rgb(cmyk.data(), row, result.width, decoder.saw_Adobe_marker != 0);
  }
  jpeg_finish_decompress(&decoder);
  return true;
}

}  // namespace

void check_image_size(std::uint32_t width, std::uint32_t height) {
  const auto side = static_cast<std::uint32_t>(max_image_side);
  if (width == 0 || height == 0) throw std::runtime_error("a picture without pixels");
  if (width > side || height > side || std::int64_t{width} * height > max_image_pixels) {
    throw std::runtime_error(std::to_string(width) + "x" + std::to_string(height) +
                             " pixels are more than the 200 megapixels that are read");
  }
}

image decode_jpeg(std::span<const std::uint8_t> bytes) {
  decoding state;
  if (!decode(state, bytes)) throw std::runtime_error(state.errors.text);
  if (state.errors.truncated) throw std::runtime_error("the JPEG ends before its picture does");
  return turned_upright(std::move(state.result), state.orientation);
}

}  // namespace workloads
