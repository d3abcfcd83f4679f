#pragma once

#include <string>
#include <string_view>

namespace command {

// Seconds of "90s", "10m", "1.5h", "250ms". Throws usage_error with the option's name.
double parse_duration(std::string_view option, std::string_view text);

// "12 s", "3:05 min", "1:02 h": rounded up.
std::string shown_duration(double seconds);

}  // namespace command
