#include "workloads/kernels/image.hpp"

#include <fcntl.h>
#include <png.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "workloads/kernels/jpeg.hpp"

namespace workloads {
namespace {

// A file of the largest picture, uncompressed, with room for its metadata.
constexpr std::uintmax_t max_file_bytes = 3 * max_image_pixels + (64 << 20);

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw std::runtime_error(path.string() + ": " + what);
}

std::string cause(int error) { return std::generic_category().message(error); }

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error) fail(path, error.message());
  if (!std::filesystem::is_regular_file(status)) fail(path, "not a regular file");
  const auto size = std::filesystem::file_size(path, error);
  if (error) fail(path, error.message());
  if (size > max_file_bytes) fail(path, "too large for a picture (over 600 MB)");
  std::vector<std::uint8_t> bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, cause(errno));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (file.bad() || static_cast<std::uintmax_t>(file.gcount()) != size) {
    fail(path, "cannot be read whole");
  }
  return bytes;
}

bool begins_with(std::span<const std::uint8_t> bytes, std::initializer_list<std::uint8_t> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

image decode_png(std::span<const std::uint8_t> bytes) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  struct release {
    png_image& png;
    ~release() { png_image_free(&png); }
  } at_end{png};
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0) {
    throw std::runtime_error(png.message);
  }
  check_image_size(png.width, png.height);
  // 16-bit files without a gamma are sRGB in practice; libpng would take them for linear light.
  png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  png.format = PNG_FORMAT_RGB;
  image result{static_cast<int>(png.width), static_cast<int>(png.height), {}};
  result.pixels.resize(PNG_IMAGE_SIZE(png));
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&png, &black, result.pixels.data(), 0, nullptr) == 0) {
    throw std::runtime_error(png.message);
  }
  return result;
}

// A new file beside its final name, removed unless it is put in place. A device would be replaced
// by that: it is refused.
class unfinished_file {
 public:
  explicit unfinished_file(const std::filesystem::path& target)
      : target_(target), name_(target.string() + ".XXXXXX") {
    std::error_code ignored;
    if (const auto there = std::filesystem::status(target, ignored);
        std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))
      fail(target_, "is no file; a file's name was expected");
    const int fd = ::mkostemp(name_.data(), O_CLOEXEC);
    if (fd < 0) fail(target_, "cannot write there: " + cause(errno));
    ::fchmod(fd, 0644);
    stream_ = ::fdopen(fd, "wb");
    if (stream_ == nullptr) {
      ::close(fd);
      ::unlink(name_.c_str());
      fail(target_, cause(errno));
    }
  }
  unfinished_file(const unfinished_file&) = delete;
  unfinished_file& operator=(const unfinished_file&) = delete;
  ~unfinished_file() {
    if (stream_ != nullptr) std::fclose(stream_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  std::FILE* stream() { return stream_; }

  void put_in_place() {
    const bool flushed = std::fflush(stream_) == 0;
    const int error = errno;
    const bool closed = std::fclose(std::exchange(stream_, nullptr)) == 0;
    if (!flushed || !closed) fail(target_, "cannot write: " + cause(flushed ? errno : error));
    if (::rename(name_.c_str(), target_.c_str()) != 0) fail(target_, cause(errno));
    name_.clear();
  }

 private:
  std::filesystem::path target_;
  std::string name_;
  std::FILE* stream_ = nullptr;
};

}  // namespace

image load_image(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  try {
    if (begins_with(bytes, {0xff, 0xd8, 0xff})) return decode_jpeg(bytes);
    if (begins_with(bytes, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})) return decode_png(bytes);
  } catch (const std::exception& error) {
    fail(path, error.what());
  }
  fail(path, bytes.empty() ? "is empty; a JPEG or PNG picture is needed"
                           : "neither JPEG nor PNG; one of the two is needed");
}

void save_png(const std::filesystem::path& path, int width, int height,
              std::span<const std::uint8_t> pixels) {
  if (width <= 0 || height <= 0 || pixels.size() != std::size_t{3} * width * height) {
    fail(path, "a picture needs width * height * 3 bytes");
  }
  unfinished_file file(path);
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(width);
  png.height = static_cast<png_uint_32>(height);
  png.format = PNG_FORMAT_RGB;
  png.flags = PNG_IMAGE_FLAG_FAST;
  if (png_image_write_to_stdio(&png, file.stream(), 0, pixels.data(), 0, nullptr) == 0) {
    fail(path, std::string("cannot write: ") + png.message);
  }
  file.put_in_place();
}

}  // namespace workloads
