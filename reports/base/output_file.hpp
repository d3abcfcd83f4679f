#pragma once

#include <string>
#include <string_view>

namespace reports {

// Writes the whole text or nothing: to a temporary name beside the file, then renamed. "-" is the
// standard output. Throws std::system_error with the file's name.
void write_output(const std::string& file, std::string_view text);

}  // namespace reports
