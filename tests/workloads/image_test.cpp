#include "workloads/kernels/image.hpp"

#include <gtest/gtest.h>
#include <png.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
// libjpeg's header needs <cstdio> before it.
#include <jpeglib.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "workloads/kernels/night_scene.hpp"

namespace {

using bytes = std::vector<std::uint8_t>;

class image_files : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / "contend-image-XXXXXX";
    std::string name = folder_.string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const bytes& content, const std::string& name = "picture") const {
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
    return folder_ / name;
  }
  workloads::image decoded(const bytes& content) const {
    return workloads::load_image(write(content));
  }
  // What load_image says of this file, without the path in front; fails unless it is one line.
  std::string complaint(const std::filesystem::path& path) const {
    try {
      workloads::load_image(path);
    } catch (const std::runtime_error& error) {
      const std::string text = error.what();
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
      EXPECT_EQ(text.rfind(path.string() + ": ", 0), 0U) << text;
      return text.substr(path.string().size() + 2);
    }
    ADD_FAILURE() << path << " was read";
    return {};
  }
  std::string complaint(const bytes& content) const { return complaint(write(content)); }

  std::filesystem::path folder_;
};

bytes read_back(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bytes png(int width, int height, int colour_type, int depth, const bytes& samples) {
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(writer);
  bytes out;
  png_set_write_fn(
      writer, &out,
      [](png_structp w, png_bytep data, std::size_t size) {
        auto& to = *static_cast<bytes*>(png_get_io_ptr(w));
        to.insert(to.end(), data, data + size);
      },
      nullptr);
  png_set_IHDR(writer, info, width, height, depth, colour_type, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (colour_type == PNG_COLOR_TYPE_PALETTE) {
    const png_color palette[2] = {{10, 20, 30}, {200, 100, 50}};
    png_set_PLTE(writer, info, palette, 2);
  }
  png_write_info(writer, info);
  const std::size_t stride = samples.size() / height;
  for (int y = 0; y < height; ++y) png_write_row(writer, samples.data() + y * stride);
  png_write_end(writer, info);
  png_destroy_write_struct(&writer, &info);
  return out;
}

bytes jpeg(int width, int height, J_COLOR_SPACE space, int components, const bytes& samples,
           const bytes& exif = {}) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &memory, &size);
  encoder.image_width = width;
  encoder.image_height = height;
  encoder.input_components = components;
  encoder.in_color_space = space;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 100, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  if (!exif.empty()) jpeg_write_marker(&encoder, JPEG_APP0 + 1, exif.data(), exif.size());
  for (int y = 0; y < height; ++y) {
    auto* row = const_cast<std::uint8_t*>(samples.data()) + std::size_t(y) * width * components;
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  bytes out(memory, memory + size);
  std::free(memory);
  return out;
}

bytes repeated(std::initializer_list<std::uint8_t> pixel, int times) {
  bytes out;
  for (int i = 0; i < times; ++i) out.insert(out.end(), pixel);
  return out;
}

void expect_colour(const workloads::image& picture, bytes colour, int tolerance) {
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
    ASSERT_NEAR(picture.pixels[i], colour[i % 3], tolerance) << "at byte " << i;
  }
}

TEST_F(image_files, a_png_round_trip_keeps_every_byte) {
  for (const auto& [width, height] : {std::pair{1, 1}, {3, 5}, {333, 77}}) {
    const auto scene = workloads::night_scene(width, height);
    workloads::save_png(folder_ / "out.png", width, height, scene.pixels);
    const auto back = workloads::load_image(folder_ / "out.png");
    EXPECT_EQ(back.width, width);
    EXPECT_EQ(back.height, height);
    EXPECT_EQ(back.pixels, scene.pixels);
  }
}

TEST_F(image_files, a_jpeg_is_read_and_told_by_its_content_not_by_its_name) {
  const auto file = write(jpeg(40, 30, JCS_RGB, 3, repeated({200, 120, 40}, 1200)), "photo.png");
  const auto picture = workloads::load_image(file);
  EXPECT_EQ(picture.width, 40);
  EXPECT_EQ(picture.height, 30);
  expect_colour(picture, {200, 120, 40}, 2);
}

TEST_F(image_files, grey_cmyk_palette_alpha_and_sixteen_bits_become_rgb) {
  expect_colour(decoded(jpeg(16, 16, JCS_GRAYSCALE, 1, repeated({77}, 256))), {77, 77, 77}, 1);
  // libjpeg writes an Adobe marker, so these inks are stored inverted: 255 is no ink.
  expect_colour(decoded(jpeg(16, 16, JCS_CMYK, 4, repeated({255, 128, 0, 255}, 256))),
                {255, 128, 0}, 2);
  expect_colour(decoded(png(4, 4, PNG_COLOR_TYPE_GRAY, 8, repeated({90}, 16))), {90, 90, 90}, 0);
  expect_colour(decoded(png(8, 1, PNG_COLOR_TYPE_PALETTE, 1, {0xff})), {200, 100, 50}, 0);
  expect_colour(decoded(png(4, 4, PNG_COLOR_TYPE_RGB_ALPHA, 8, repeated({9, 60, 250, 255}, 16))),
                {9, 60, 250}, 0);
  expect_colour(decoded(png(4, 4, PNG_COLOR_TYPE_RGB_ALPHA, 8, repeated({9, 60, 250, 0}, 16))),
                {0, 0, 0}, 0);
  expect_colour(decoded(png(4, 4, PNG_COLOR_TYPE_RGB, 16, repeated({128, 0, 64, 0, 255, 255}, 16))),
                {128, 64, 255}, 1);
}

TEST_F(image_files, a_jpeg_is_turned_upright) {
  // 32 wide, 16 high: left half red, right half blue.
  bytes samples;
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 32; ++x) {
      samples.insert(samples.end(),
                     {std::uint8_t(x < 16 ? 250 : 0), 0, std::uint8_t(x < 16 ? 0 : 250)});
    }
  }
  const auto red_at = [&](int orientation, bool big_endian) {
    bytes exif = {'E', 'x', 'i', 'f', 0, 0};
    const bytes little_tiff = {
        'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, std::uint8_t(orientation),
        0,   0,   0,  0, 0, 0, 0};
    const bytes big_tiff = {'M',  'M',  0, 42, 0, 0, 0, 8, 0, 1,
                            0x01, 0x12, 0, 3,  0, 0, 0, 1, 0, std::uint8_t(orientation),
                            0,    0,    0, 0,  0, 0};
    const auto& tiff = big_endian ? big_tiff : little_tiff;
    exif.insert(exif.end(), tiff.begin(), tiff.end());
    const auto picture = decoded(jpeg(32, 16, JCS_RGB, 3, samples, exif));
    EXPECT_EQ(picture.width, orientation >= 5 ? 16 : 32);
    EXPECT_EQ(picture.height, orientation >= 5 ? 32 : 16);
    const auto red = [&](int x, int y) {
      return picture.pixels[3 * (y * picture.width + x)] > 128;
    };
    const bool first = red(2, 2);
    const bool last_in_row = red(picture.width - 3, 2);
    const bool last_row = red(2, picture.height - 3);
    return std::string{first && last_row      ? "left"
                       : first && last_in_row ? "top"
                       : last_in_row          ? "right"
                                              : "bottom"};
  };
  for (const bool big_endian : {false, true}) {
    const char* expected[] = {"left", "right", "right", "left", "top", "top", "bottom", "bottom"};
    for (int i = 1; i <= 8; ++i) EXPECT_EQ(red_at(i, big_endian), expected[i - 1]) << i;
  }
}

TEST_F(image_files, whatever_is_no_picture_gets_one_line) {
  EXPECT_NE(complaint(folder_ / "missing.png").find("No such file"), std::string::npos);
  EXPECT_EQ(complaint(folder_), "not a regular file");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(complaint(folder_ / "pipe"), "not a regular file");
  EXPECT_EQ(complaint(bytes{}), "is empty; a JPEG or PNG picture is needed");
  EXPECT_EQ(complaint(bytes{'G', 'I', 'F', '8', '9', 'a'}),
            "neither JPEG nor PNG; one of the two is needed");
}

TEST_F(image_files, every_truncation_is_refused) {
  const auto scene = workloads::night_scene(64, 48);
  const auto whole_jpeg = jpeg(64, 48, JCS_RGB, 3, scene.pixels);
  const auto whole_png = png(64, 48, PNG_COLOR_TYPE_RGB, 8, scene.pixels);
  for (std::size_t cut = 0; cut + 16 < whole_jpeg.size(); cut += 1 + cut / 8) {
    EXPECT_FALSE(complaint(bytes(whole_jpeg.begin(), whole_jpeg.begin() + cut)).empty()) << cut;
  }
  for (std::size_t cut = 0; cut + 16 < whole_png.size(); cut += 1 + cut / 8) {
    EXPECT_FALSE(complaint(bytes(whole_png.begin(), whole_png.begin() + cut)).empty()) << cut;
  }
}

TEST_F(image_files, a_header_that_promises_too_much_is_refused_before_memory_is_taken) {
  auto big = jpeg(16, 16, JCS_GRAYSCALE, 1, repeated({77}, 256));
  for (std::size_t i = 0; i + 9 < big.size(); ++i) {
    if (big[i] == 0xff && big[i + 1] == 0xc0) {
      std::fill_n(big.begin() + i + 5, 4, std::uint8_t{0xfd});
      break;
    }
  }
  EXPECT_EQ(complaint(big), "65021x65021 pixels are more than the 200 megapixels that are read");
  auto huge = png(4, 4, PNG_COLOR_TYPE_GRAY, 8, repeated({1}, 16));
  huge[16] = huge[20] = 0x7f;
  EXPECT_FALSE(complaint(huge).empty());
  auto none = png(4, 4, PNG_COLOR_TYPE_GRAY, 8, repeated({1}, 16));
  none[19] = 0;
  EXPECT_FALSE(complaint(none).empty());
}

TEST_F(image_files, flipped_bytes_never_crash_the_reader) {
  const auto scene = workloads::night_scene(64, 48);
  for (const auto& whole :
       {jpeg(64, 48, JCS_RGB, 3, scene.pixels), png(64, 48, PNG_COLOR_TYPE_RGB, 8, scene.pixels)}) {
    std::uint64_t state = 1;
    for (int i = 0; i < 400; ++i) {
      auto broken = whole;
      for (int flips = 0; flips < 4; ++flips) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        broken[(state >> 33) % broken.size()] ^= static_cast<std::uint8_t>(state >> 24 | 1);
      }
      try {
        const auto picture = decoded(broken);
        EXPECT_EQ(picture.pixels.size(), std::size_t{3} * picture.width * picture.height);
      } catch (const std::runtime_error& error) {
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      }
    }
  }
}

TEST_F(image_files, a_picture_that_cannot_be_saved_leaves_nothing_and_keeps_what_was_there) {
  const auto scene = workloads::night_scene(200, 100);
  workloads::save_png(folder_ / "out.png", 200, 100, scene.pixels);
  const auto before = read_back(folder_ / "out.png");
  EXPECT_THROW(workloads::save_png(folder_ / "missing" / "out.png", 200, 100, scene.pixels),
               std::runtime_error);
  EXPECT_THROW(workloads::save_png(folder_ / "out.png", 200, 101, scene.pixels),
               std::runtime_error);
  std::filesystem::create_directory(folder_ / "folder.png");
  EXPECT_THROW(workloads::save_png(folder_ / "folder.png", 200, 100, scene.pixels),
               std::runtime_error);
  ASSERT_EQ(::mkfifo((folder_ / "pipe.png").c_str(), 0600), 0);  // as a device would be: kept
  EXPECT_THROW(workloads::save_png(folder_ / "pipe.png", 200, 100, scene.pixels),
               std::runtime_error);
  EXPECT_TRUE(std::filesystem::is_fifo(folder_ / "pipe.png"));
  EXPECT_EQ(read_back(folder_ / "out.png"), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 3);
}

TEST(image_device, a_full_disk_is_reported) {
  const auto scene = workloads::night_scene(20, 10);
  std::string name = (std::filesystem::temp_directory_path() / "contend-full-XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  // A limit on the size of files fails the write as a full disk does.
  EXPECT_EXIT(
      {
        rlimit limit{};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        const auto before = std::exchange(limit.rlim_cur, 16);
        ::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &limit);
        try {
          workloads::save_png(name + "/out.png", 20, 10, scene.pixels);
        } catch (const std::runtime_error& error) {
          limit.rlim_cur = before;
          ::setrlimit(RLIMIT_FSIZE, &limit);
          std::fputs(error.what(), stderr);
          std::exit(std::filesystem::is_empty(name) ? 7 : 8);
        }
        std::exit(9);
      },
      testing::ExitedWithCode(7), "out.png: cannot write");
  std::filesystem::remove_all(name);
}

}  // namespace
