#include "bench/command/sample/result_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "bench/measure/clock.hpp"

namespace command {
namespace {

constexpr std::int64_t interval_ns = 1'000'000'000;
constexpr off_t bytes_of_context = 16 * 1024, bytes_of_row = 1500;

// A file that is removed unless it is kept.
class part {
 public:
  explicit part(std::filesystem::path path)
      : path_{std::move(path)},
        fd_{::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)} {}
  ~part() {
    if (fd_ < 0) return;
    const int error = errno;
    ::close(fd_);
    if (!kept_) ::unlink(path_.c_str());
    errno = error;
  }
  part(const part&) = delete;
  int fd() const { return fd_; }
  bool write(std::string_view text) const {
    while (!text.empty()) {
      const auto n = ::write(fd_, text.data(), text.size());
      if (n < 0 && errno != EINTR) return false;
      if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  bool rename_to(const std::filesystem::path& name) {
    return kept_ = ::rename(path_.c_str(), name.c_str()) == 0;
  }

 private:
  std::filesystem::path path_;
  int fd_;
  bool kept_ = false;
};

}  // namespace

void result_file::fail(const char* what) const {
  throw std::runtime_error{fmt::format("{}: {}: {}", path_.string(), what, std::strerror(errno))};
}

void result_file::reserve(std::size_t rows) const {
  std::error_code error;
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), error);
  if (error)
    throw std::runtime_error{
        fmt::format("{}: its folder cannot be made: {}", path_.string(), error.message())};
  if (std::filesystem::is_directory(path_))
    throw std::runtime_error{path_.string() + ": is a folder; a file's name was expected"};
  // Renaming would put a file in the place of a device.
  if (std::filesystem::exists(path_) && !std::filesystem::is_regular_file(path_))
    throw std::runtime_error{path_.string() + ": is no file; a file's name was expected"};
  const part file{temporary()};
  if (file.fd() < 0) fail("cannot be written");
  const auto bytes = bytes_of_context + static_cast<off_t>(rows) * bytes_of_row;
  errno = ::posix_fallocate(file.fd(), 0, bytes);
  if (errno != 0 && errno != EOPNOTSUPP && errno != EINVAL)
    fail(fmt::format("no place for about {} KiB of results", bytes / 1024).c_str());
}

std::string result_file::text() const {
  std::string text = "{\n\"context\": " + context.dump(2);
  const auto add_list = [&](const char* name, const std::vector<std::string>& rows) {
    text += fmt::format(",\n\"{}\": [", name);
    for (std::size_t i = 0; i < rows.size(); ++i) text += (i == 0 ? "\n" : ",\n") + rows[i];
    text += "\n]";
  };
  add_list("benchmarks", rows_);
  if (!again_.empty()) add_list("again", again_);
  return text + "\n}\n";
}

void result_file::write() {
  part file{temporary()};
  if (file.fd() < 0 || !file.write(text()) || ::fsync(file.fd()) != 0 || !file.rename_to(path_))
    fail("cannot be written");
  written_ns_ = bench::now_ns();
}

void result_file::write_if_due() {
  if (bench::now_ns() - written_ns_ >= interval_ns) write();
}

}  // namespace command
