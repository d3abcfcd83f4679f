#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace command {

// A results file that grows. What stands under its name is always whole and valid.
class result_file {
 public:
  nlohmann::ordered_json context;

  explicit result_file(std::filesystem::path path) : path_{std::move(path)} {}

  const std::filesystem::path& path() const { return path_; }
  std::size_t rows() const { return rows_.size(); }
  // The second samples of A/A pairs stand in a list of their own, "again": no reader shall take
  // them for more samples of the cell.
  void add(const nlohmann::ordered_json& row, bool again = false) {
    (again ? again_ : rows_).push_back(row.dump());
  }

  // The whole file as it will be.
  std::string text() const;

  // Makes the folder, and finds out whether so many rows can be written beside what is there;
  // leaves the file as it is. Throws std::runtime_error with one line.
  void reserve(std::size_t rows) const;

  // Writes everything under another name, makes sure that it is on the disk, and renames it. Throws
  // std::runtime_error with one line; what was there stays.
  void write();

  // Writes where the last time is more than a second ago.
  void write_if_due();

 private:
  [[noreturn]] void fail(const char* what) const;
  std::filesystem::path temporary() const { return path_.string() + ".part"; }

  std::filesystem::path path_;
  std::vector<std::string> rows_, again_;
  std::int64_t written_ns_ = 0;
};

}  // namespace command
