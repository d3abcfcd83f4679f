#include "reports/base/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace reports {
namespace {

[[noreturn]] void cannot_write(const std::string& file) {
  throw std::system_error(errno, std::generic_category(), file + ": cannot be written");
}

}  // namespace

void write_output(const std::string& file, std::string_view text) {
  if (file == "-") {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
      cannot_write("standard output");
    return;
  }
  // A device or a pipe is written to; a rename would put a file in its place.
  std::error_code ignored;
  const auto kind = std::filesystem::status(file, ignored).type();
  const bool special = kind != std::filesystem::file_type::not_found &&
                       kind != std::filesystem::file_type::regular &&
                       kind != std::filesystem::file_type::directory;
  const std::string temporary = special ? file : file + ".part" + std::to_string(getpid());
  int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) cannot_write(file);
  while (!text.empty()) {
    ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      int why = errno;
      close(fd);
      if (!special) unlink(temporary.c_str());
      errno = why;
      cannot_write(file);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (close(fd) != 0 || (!special && rename(temporary.c_str(), file.c_str()) != 0)) {
    int why = errno;
    if (!special) unlink(temporary.c_str());
    errno = why;
    cannot_write(file);
  }
}

}  // namespace reports
